package caching

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/examples/judge/judgetest"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/internal/race"
)

func TestClaim_HitRatioFindingsHold(t *testing.T) {
	judgetest.Hold(t, hitRatio(allPolicies, allTraffics, judge.Effort{Tiny: race.Enabled}))
}

func TestBroken_HitRatioFindingsTurnFalse(t *testing.T) {
	var bugs []judgetest.Planted
	for _, of := range rivals {
		asked := []string{"-policies", "lru," + of.name, "-requests", "5000"}
		bugs = append(bugs,
			judgetest.Bug(of.label+" is FIFO", hitRatio(taken(of.name, "fifo"), allTraffics, judge.Effort{}), asked, fmt.Sprintf(winsMore, of.label)),
			judgetest.Bug(of.label+" knows the future", hitRatio(taken(of.name, "opt"), allTraffics, judge.Effort{}), asked, fmt.Sprintf(losesSome, of.label)))
	}
	judgetest.TurnFalse(t, hitRatio(allPolicies, allTraffics, judge.Effort{Tiny: true}), bugs)
}

func traceFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// loopOf is requests for keys in a loop.
func loopOf(keys, requests int) string {
	var b strings.Builder
	for i := range requests {
		fmt.Fprintln(&b, i%keys)
	}
	return b.String()
}

// A trace gives a row for each policy and size, with exact numbers, and one recommendation.
func TestHitRatio_ReadsATrace(t *testing.T) {
	path := traceFile(t, "abaca.txt", "a\nb\n* a comment\na\nc\na\n")
	result, err := lab.Try(HitRatio, 1, "-trace", path, "-sizes", "2,1", "-policies", "opt,lru,fifo")
	require.NoError(t, err)
	require.Equal(t, []string{"trace", "policy", "capacity", "requests", "misses", "hit_ratio"}, result.Columns)
	require.Equal(t, [][]string{
		{"abaca.txt", "fifo", "1", "5", "5", "0"},
		{"abaca.txt", "fifo", "2", "5", "4", "0.2"},
		{"abaca.txt", "lru", "1", "5", "5", "0"},
		{"abaca.txt", "lru", "2", "5", "3", "0.4"},
		{"abaca.txt", "opt", "1", "5", "5", "0"},
		{"abaca.txt", "opt", "2", "5", "3", "0.4"},
	}, result.Rows)
	require.Len(t, result.Recommendations, 1)

	result, err = lab.Try(HitRatio, 1, "-trace", path)
	require.NoError(t, err)
	require.Len(t, result.Rows, len(allPolicies), "of three keys all automatic sizes are one entry")
}

func TestHitRatio_Recommends(t *testing.T) {
	loop := traceFile(t, "loop", loopOf(100, 2000))
	few := traceFile(t, "few", loopOf(10, 1000))
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-trace", loop, "-sizes", "50", "-policies", "lru,fifo"},
			"Do without a cache, or try larger sizes: none of these policies hits any of 2,000 requests of loop for 100 keys with 50 entries"},
		{[]string{"-trace", loop, "-sizes", "50,100,200", "-policies", "fifo,lru,opt"},
			"Take FIFO with 100 entries: it hits 95.0% of 2,000 requests of loop, LRU 95.0%, the optimum 95.0%; it is the smallest size tried that keeps nine tenths of the most hits, 95.0%"},
		{[]string{"-trace", loop, "-sizes", "50,100", "-policies", "lru"},
			"Take LRU with 100 entries: it hits 95.0% of 2,000 requests of loop; smaller ones lose more than a tenth of the hits, and larger ones than were tried may be worth it"},
		{[]string{"-trace", few, "-sizes", "10", "-policies", "lru"}, "Take LRU with 10 entries: it hits 99.0% of 1,000 requests of few"},
		{[]string{"-trace", few, "-sizes", "1", "-policies", "opt"}, "Name a policy besides opt in -policies: the optimum knows the future, and cannot be had"},
		{[]string{"-trace", traceFile(t, "abaca", "a\nb\na\nc\na\n"), "-sizes", "1", "-policies", "lru,tinylfu,opt"}, // who refuses beats it
			"Take TinyLFU with 1 entries: it hits 40.0% of 5 requests of abaca, LRU 0.0%, the optimum of those that admit every key 0.0%"},
	} {
		result, err := lab.Try(HitRatio, 1, c.args...)
		require.NoError(t, err)
		require.Equal(t, []string{c.want}, result.Recommendations)
	}
	result, err := lab.Try(HitRatio, 1, "-policies", "lru", "-requests", "100")
	require.NoError(t, err)
	require.Empty(t, result.Recommendations, "it is for the reader's own data")
}

// Every format and gzip; W-TinyLFU of the experiment is the library's.
func TestHitRatio_ReadsEveryFormat(t *testing.T) {
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	_, err := w.Write([]byte("5\n6\n5\n"))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	record := func(id byte) string { return "\x00\x00\x00\x00" + string(rune(id)) + strings.Repeat("\x00", 19) }
	for format, text := range map[string]string{
		"plain": zipped.String(), "lirs": "5\n*\n6\n5\n", "arc": "5 2 0 0\n5 1 0 1\n", "csv": "time,key\n1,5\n2,6\n3,5\n", "oraclegeneral": record(5) + record(6) + record(5),
	} {
		result, err := lab.Try(HitRatio, 1, "-trace", traceFile(t, format, text), "-format", format, "-sizes", "2", "-policies", "w-tinylfu")
		require.NoError(t, err, "%s", format)
		require.Equal(t, [][]string{{format, "w-tinylfu", "2", "3", "2", "0.3333333333333333"}}, result.Rows)
	}
}

func TestHitRatio_TakesOddParameters(t *testing.T) {
	e := hitRatio(allPolicies, allTraffics, judge.Effort{Tiny: true})
	unicode := traceFile(t, strings.Repeat("é", 35)+".txt", loopOf(7, 30))
	for _, args := range [][]string{
		{"-sizes", "1"},
		{"-sizes", "1,1000000"},
		{"-sizes", "1073741824", "-policies", "lru,lirs,w-tinylfu"},
		{"-policies", "random"},
		{"-policies", "opt"},
		{"-policies", "lru,sieve,clock,s3-fifo"},
		{"-requests", "100"},
		{"-trace", unicode},
		{"-trace", unicode, "-sizes", "3", "-policies", "opt"},
	} {
		judgetest.Odd(t, e, args...)
	}
}

func TestHitRatio_Refuses(t *testing.T) {
	good := traceFile(t, "good", "1\n2\n")
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-sizes", "0"}, "-sizes must be auto or a list of whole numbers in [1, 1073741824]: 0"},
		{[]string{"-sizes", "100,-1"}, "-sizes must be auto or a list of whole numbers in [1, 1073741824]: -1"},
		{[]string{"-sizes", "1073741825"}, "-sizes must be auto or a list of whole numbers in [1, 1073741824]: 1073741825"},
		{[]string{"-sizes", "1,"}, "-sizes must be auto or a list of whole numbers in [1, 1073741824]: "},
		{[]string{"-sizes", "NaN"}, "-sizes must be auto or a list of whole numbers in [1, 1073741824]: NaN"},
		{[]string{"-sizes", "5,5"}, "-sizes must have no size twice: 5"},
		{[]string{"-policies", "LRU"}, "-policies must be one of random, fifo, lru, slru, clock, sieve, s3-fifo, lfu, tinylfu, w-tinylfu, 2q, arc, lirs, opt: LRU"},
		{[]string{"-trace", good, "-format", "parquet"}, "-format must be one of plain, lirs, arc, oraclegeneral, csv: parquet"},
		{[]string{"-trace", good, "-requests", "200"}, "-requests is for traffics that are generated, and does not go with -trace: 200"},
		{[]string{"-trace", filepath.Join(t.TempDir(), "missing")}, "-trace cannot be used: "},
		{[]string{"-trace", traceFile(t, "broken", "1\n2\nx\n"), "-format", "lirs"}, `broken: cachesim: broken trace: line 3: a whole number below 2^64 is wanted: "x"`},
		{[]string{"-trace", traceFile(t, "half", strings.Repeat("x", 30)), "-format", "oraclegeneral"}, "half: cachesim: broken trace: byte 24: a record of 24 bytes ends after 6"},
		{[]string{"-trace", traceFile(t, "empty", "\n")}, "empty: there is no request in it"},
	} {
		_, err := lab.Try(HitRatio, 1, c.args...)
		require.ErrorContains(t, err, "hit-ratio: ", "%v", c.args)
		require.ErrorContains(t, err, c.want, "%v", c.args)
	}
}
