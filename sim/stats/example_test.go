package stats_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/sysdesign-lab/sysdesign/sim/stats"
)

// queue is one replication: the times in system of n requests in an M/M/1 queue with a mean service time of 10 ms, which starts with this much
// work to do.
func queue(seed uint64, load float64, backlog time.Duration, n int) []time.Duration {
	const service = float64(10 * time.Millisecond)
	r := rand.New(rand.NewPCG(seed, 0))
	times := make([]time.Duration, n)
	wait := float64(backlog)
	for i := range times {
		work := r.ExpFloat64() * service
		times[i] = time.Duration(wait + work)
		wait = max(wait+work-r.ExpFloat64()*service/load, 0)
	}
	return times
}

// Ten replications, one number of each, one interval. The time in system is exponential with a mean of 10 ms / (1 - 0.7), so its exact 99%
// quantile is log(100) times as much.
func Example() {
	var means, p99s []float64 // in milliseconds
	for seed := range uint64(10) {
		var times stats.Histogram
		for _, d := range queue(seed, 0.7, 0, 22_000)[2000:] { // warm-up removed
			times.Record(d)
		}
		mean, err := times.Mean()
		if err != nil {
			panic(err)
		}
		p99, err := times.Quantile(0.99)
		if err != nil {
			panic(err)
		}
		means, p99s = append(means, mean.Seconds()*1000), append(p99s, p99.Seconds()*1000)
	}
	mean, err := stats.MeanInterval(means, stats.Charted)
	if err != nil {
		panic(err)
	}
	p99, err := stats.MeanInterval(p99s, stats.Charted)
	if err != nil {
		panic(err)
	}
	fmt.Printf("mean %.1f ms, 95%% interval [%.1f, %.1f], exact 33.3\n", mean.Estimate, mean.Low, mean.High)
	fmt.Printf("p99 %.0f ms, 95%% interval [%.0f, %.0f], exact 154\n", p99.Estimate, p99.Low, p99.High)
	// Output:
	// mean 33.8 ms, 95% interval [32.7, 35.0], exact 33.3
	// p99 161 ms, 95% interval [144, 177], exact 154
}

// Two loads on common random numbers: the difference is known better than either side.
func ExamplePaired() {
	mean := func(seed uint64, load float64) float64 {
		var times stats.Histogram
		for _, d := range queue(seed, load, 0, 5000) {
			times.Record(d)
		}
		m, err := times.Mean()
		if err != nil {
			panic(err)
		}
		return m.Seconds() * 1000
	}
	var higher, lower []float64
	for seed := range uint64(10) {
		higher, lower = append(higher, mean(seed, 0.71)), append(lower, mean(seed, 0.70))
	}
	difference, err := stats.Paired(higher, lower, stats.Charted)
	if err != nil {
		panic(err)
	}
	fmt.Printf("a load of 71%% instead of 70%% adds %.1f ms, 95%% interval [%.1f, %.1f]\n", difference.Estimate, difference.Low, difference.High)
	// Output:
	// a load of 71% instead of 70% adds 1.2 ms, 95% interval [1.0, 1.3]
}

// One long run that begins with a backlog of three seconds: remove the warm-up, then cut the rest in batches.
func ExampleMSER5() {
	var times []float64 // in milliseconds
	for _, d := range queue(1, 0.7, 3*time.Second, 100_000) {
		times = append(times, d.Seconds()*1000)
	}
	warmUp, err := stats.MSER5(times)
	if errors.Is(err, stats.ErrWarmUp) {
		fmt.Println("run longer:", err)
		return
	} else if err != nil {
		panic(err)
	}
	mean, err := stats.BatchMeans(times[warmUp:], 20, stats.Charted)
	if err != nil {
		panic(err)
	}
	fmt.Printf("without the first %d requests: %.1f ms, 95%% interval [%.1f, %.1f]\n", warmUp, mean.Estimate, mean.Low, mean.High)
	// Output:
	// without the first 505 requests: 32.8 ms, 95% interval [31.5, 34.1]
}

// Independent measurements, of which the median is wanted.
func ExampleQuantileInterval() {
	cold := []float64{212, 198, 240, 205, 1310, 220, 201, 233, 215, 207} // start-up times in milliseconds, each of a new process
	median, err := stats.QuantileInterval(cold, 0.5, stats.Charted)
	if err != nil {
		panic(err)
	}
	fmt.Printf("median %v ms, 95%% interval [%v, %v]\n", median.Estimate, median.Low, median.High)
	_, err = stats.QuantileInterval(cold, 0.99, stats.Charted)
	fmt.Println(err)
	// Output:
	// median 212 ms, 95% interval [201, 240]
	// stats: too few observations for the 0.99-quantile at confidence 0.95: 10, of 368 needed
}
