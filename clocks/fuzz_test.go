package clocks_test

import "testing"

// Any data are refused with an ErrEncoding that leaves the value as it is, or are the encoding of what they are read as.
func fuzzDecoder(f *testing.F, typ, kind string, seeds ...string) {
	for _, of := range encodings {
		for _, in := range forms {
			if of.name != typ || in.name != kind {
				continue
			}
			f.Add(got(in.marshal(of.blank())))
			for _, seed := range seeds {
				f.Add([]byte(seed))
			}
			f.Fuzz(func(t *testing.T, data []byte) { canonical(of, in, data, t.Fatalf) })
			return
		}
	}
	f.Fatalf("there is no %s in %s", typ, kind)
}

func FuzzVectorBinary(f *testing.F) {
	fuzzDecoder(f, "vector", "binary", "\x11\x02\x01a\x01\x01b\xac\x02", "\x11\x81\x00", "\x11\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "\x12\x00", "")
}

func FuzzVectorText(f *testing.F) {
	fuzzDecoder(f, "vector", "text", "v1:a=1,b=300", "v1:%C3%A9=9223372036854775807", "v1:a=01", "v1:%61=1", "v2:", "")
}

func FuzzDenseBinary(f *testing.F) {
	fuzzDecoder(f, "dense", "binary", "\x21\x03\x03\x00\x80\x01", "\x21\x80\x80\x80\x80\x10", "\x21\x01\x80\x00", "")
}

func FuzzDenseText(f *testing.F) {
	fuzzDecoder(f, "dense", "text", "d1:3,0,128", "d1:,", "d1:00", "d1:18446744073709551615", "")
}

func FuzzLamportStampBinary(f *testing.F) {
	fuzzDecoder(f, "Lamport stamp", "binary", "\x31\x07\x06node 1", "\x31\x00\xff\xff\xff\xff\x0f", "\x31\x87\x00\x00", "")
}

func FuzzLamportStampText(f *testing.F) {
	fuzzDecoder(f, "Lamport stamp", "text", "l1:7@node%201", "l1:0@", "l1:7@a@b", "l1:-1@a", "")
}
