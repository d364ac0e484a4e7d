package estimate

import (
	"time"
)

// Storage is what is kept of the events of each day. Data are compressed first, then indexed, and both are replicated: an index is a
// share of what is stored, and each replica has its own.
//
// What a day brings is needed always; how it is kept, for [Storage.Total] only. There nothing has a default: a plan states its
// replicas, even where there is one.
type Storage struct {
	Events      Count         // a day
	Size        Bytes         // of one event
	Retention   time.Duration // for so long all are kept
	Replicas    int           // copies of all, at least 1
	Compression float64       // bytes before over bytes after: 1 for none, 2 for half
	Index       float64       // bytes of index for each byte stored: 0 for none
}

// Day is the data of one day, as they arrive.
func (s Storage) Day() (Estimate[Bytes], error) {
	factors, err := s.day()
	if err != nil {
		return Estimate[Bytes]{}, err
	}
	return nearest[Bytes]("a day's bytes", factors...)
}

// Total is what is stored once the first day's data go: from then on it stays.
func (s Storage) Total() (Estimate[Bytes], error) {
	factors, err := s.day()
	if err != nil {
		return Estimate[Bytes]{}, err
	}
	if err := needLongerThanZero("a retention", s.Retention); err != nil {
		return Estimate[Bytes]{}, err
	}
	if err := needBetween("replicas", s.Replicas, 1, 1_000); err != nil {
		return Estimate[Bytes]{}, err
	}
	if err := needPositive("a compression ratio", s.Compression); err != nil {
		return Estimate[Bytes]{}, err
	}
	if err := needNotNegative("the index's share", s.Index); err != nil {
		return Estimate[Bytes]{}, err
	}
	days := inSeconds(s.Retention)
	days.Quo(days, aDay())
	indexed := integer(1)
	indexed.Add(indexed, decimal(s.Index))
	return nearest[Bytes]("stored bytes", append(factors,
		times(short(days)+" d", days),
		times(short(integer(s.Replicas))+" replicas", integer(s.Replicas)),
		divide(short(decimal(s.Compression))+" by compression", decimal(s.Compression)),
		times(short(indexed)+" with index", indexed),
	)...)
}

func (s Storage) day() ([]Factor, error) {
	if err := needCount("events a day", s.Events); err != nil {
		return nil, err
	}
	if err := needCount("an event's bytes", s.Size); err != nil {
		return nil, err
	}
	return []Factor{
		times(shown(s.Events)+" events a day", integer(s.Events)),
		times(shown(s.Size)+" an event", integer(s.Size)),
	}, nil
}
