package cachesim

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// oracleRecord is the length of a record of libCacheSim's oracleGeneral traces, little-endian: time in seconds (4 bytes), id (8), size
// (4) and the position of the id's next request (8). https://github.com/1a1a11a/libCacheSim
const oracleRecord = 24

func parseOracleGeneral(r io.Reader, b *interner) error {
	buffered := bufio.NewReaderSize(r, 1<<16)
	for offset := int64(0); ; offset += oracleRecord {
		record, err := buffered.Peek(oracleRecord)
		switch {
		case err == nil:
		case !errors.Is(err, io.EOF):
			return fmt.Errorf("%w: byte %d: %w", ErrTrace, offset+int64(len(record)), err)
		case len(record) == 0:
			return nil
		default:
			return fmt.Errorf("%w: byte %d: a record of %d bytes ends after %d", ErrTrace, offset, oracleRecord, len(record))
		}
		if err := b.add(binary.LittleEndian.Uint64(record[4:12])); err != nil {
			return fmt.Errorf("%w: byte %d: %w", ErrTrace, offset, err)
		}
		_, _ = buffered.Discard(oracleRecord) // it is in the buffer
	}
}
