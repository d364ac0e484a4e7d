package workload_test

import (
	"fmt"
	"log"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

// Arrivals are walked by feeding each answer back. A metronome of 3 a second does not drift.
func ExampleNewRegular() {
	arrivals, err := workload.NewRegular(3)
	if err != nil {
		log.Fatal(err)
	}
	for t := arrivals.Next(0); t <= time.Second; t = arrivals.Next(t) {
		fmt.Println(t)
	}
	// Output:
	// 333.333333ms
	// 666.666667ms
	// 1s
}

func ExampleNewPoisson() {
	arrivals, err := workload.NewPoisson(100, rand.NewPCG(1, 2)) // a second
	if err != nil {
		log.Fatal(err)
	}
	counts := make([]int, 5)
	for t := arrivals.Next(0); t < 5*time.Second; t = arrivals.Next(t) {
		counts[t/time.Second]++
	}
	fmt.Println("arrivals in each second:", counts)
	// Output:
	// arrivals in each second: [112 110 103 87 106]
}

// Four service times with the same mean, and what Pollaczek and Khinchine's formula makes of them in a single server
// that Poisson arrivals keep 80% busy.
func ExampleSCV() {
	const mean, load = 10 * time.Millisecond, 0.8
	for _, make := range []func() (workload.ServiceTime, error){
		func() (workload.ServiceTime, error) { return workload.NewDeterministic(mean) },
		func() (workload.ServiceTime, error) { return workload.NewErlang(4, mean) },
		func() (workload.ServiceTime, error) { return workload.NewExponential(mean) },
		func() (workload.ServiceTime, error) { return workload.NewLognormal(mean, 4) },
	} {
		s, err := make()
		if err != nil {
			log.Fatal(err)
		}
		wait := load / (1 - load) * (1 + workload.SCV(s)) / 2 * mean.Seconds()
		fmt.Printf("SCV %.2f: mean wait %.0f ms\n", workload.SCV(s), wait*1000)
	}
	// Output:
	// SCV 0.00: mean wait 20 ms
	// SCV 0.25: mean wait 25 ms
	// SCV 1.00: mean wait 40 ms
	// SCV 4.00: mean wait 100 ms
}

// A published fit: a message to a replica on flash at LinkedIn (LNKD-SSD of P. Bailis et al., VLDB 2012, table 3).
func ExampleNewMixture() {
	body, err := workload.NewParetoShape(235*time.Microsecond, 10)
	if err != nil {
		log.Fatal(err)
	}
	tail, err := workload.NewExponential(602_410 * time.Nanosecond) // a rate of 1.66 a millisecond
	if err != nil {
		log.Fatal(err)
	}
	write, err := workload.NewMixture(
		workload.Component{Weight: 91.22, Time: body},
		workload.Component{Weight: 8.78, Time: tail},
	)
	if err != nil {
		log.Fatal(err)
	}
	p999, err := write.Quantile(0.999)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("mean %v, 99.9%% within %v, SCV %.2f\n", write.Mean(), p999.Round(time.Microsecond), workload.SCV(write))
	// Output:
	// mean 291.077µs, 99.9% within 2.696ms, SCV 0.50
}

// Your own measurements, one duration a line.
func ExampleReadDurations() {
	file := strings.NewReader(`# GET /cart, 3 May
12.5ms
9ms

11ms
480ms
`)
	samples, err := workload.ReadDurations(file)
	if err != nil {
		log.Fatal(err)
	}
	service, err := workload.NewEmpirical(samples)
	if err != nil {
		log.Fatal(err)
	}
	median, err := service.Quantile(0.5)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d samples, median %v, mean %v, SCV %.2f\n", len(samples), median, service.Mean(), workload.SCV(service))

	_, err = workload.ReadDurations(strings.NewReader("9ms\n11ms\n-2ms\n"))
	fmt.Println(err)
	// Output:
	// 4 samples, median 11ms, mean 128.125ms, SCV 2.51
	// workload: line 3: a service time must be positive: "-2ms"
}

// How much of the traffic do the hottest keys take?
func ExampleZipf_Mass() {
	keys, err := workload.NewZipf(0.99, 1_000_000, nil)
	if err != nil {
		log.Fatal(err)
	}
	top := 0.
	for k := range 100 {
		top += keys.Mass(k)
	}
	fmt.Printf("of a million keys, the hottest takes %.1f%%, the first hundred %.0f%%\n", 100*keys.Mass(0), 100*top)
	// Output:
	// of a million keys, the hottest takes 6.5%, the first hundred 34%
}

func ExampleNewZipf() {
	keys, err := workload.NewZipf(1, 1000, rand.NewPCG(1, 2))
	if err != nil {
		log.Fatal(err)
	}
	for range 8 {
		fmt.Print(keys.Next(), " ")
	}
	fmt.Println()
	// Output:
	// 5 30 21 39 2 53 1 78
}
