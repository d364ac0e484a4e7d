package balancing

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

// service is what -service and -scv ask for.
type service struct {
	name  string // as on the command line
	file  lab.Source
	times workload.ServiceTime
	scv   float64
}

const syntheticMean = time.Second // results are in mean service times, so any mean will do

// serviceParameters declare -service and -scv.
func serviceParameters(p *lab.Parameters) service {
	const standardSCV = 4.0
	s := lab.Value(p, "service", "exponential", "distribution",
		"service times: exponential, deterministic, lognormal, pareto, or file:PATH, one Go duration a line", parseService)
	scv := p.Float("scv", standardSCV, "variance/mean²",
		"squared coefficient of variation of lognormal and pareto service times", lab.Within(0.01, 100))
	var err error
	switch s.name {
	case "lognormal":
		s.times, err = workload.NewLognormal(syntheticMean, scv)
	case "pareto":
		s.times, err = workload.NewPareto(syntheticMean, scv)
	default:
		if scv != standardSCV {
			p.Refuse(fmt.Errorf("-scv applies to lognormal and pareto service times only: -service %s -scv %v", s.name, scv))
		}
	}
	p.Refuse(err)
	if s.times != nil {
		s.scv = workload.SCV(s.times)
	}
	return s
}

func exponentialService() (service, error) {
	times, err := workload.NewExponential(syntheticMean)
	return service{name: "exponential", times: times, scv: 1}, err
}

func parseService(text string) (s service, canonical string, err error) {
	s.name = text
	switch path, file := strings.CutPrefix(text, "file:"); {
	case file:
		if s.file, err = lab.NewSource(path); err == nil {
			s.times, err = readTimes(s.file)
		}
	case text == "exponential":
		s.times, err = workload.NewExponential(syntheticMean)
	case text == "deterministic":
		s.times, err = workload.NewDeterministic(syntheticMean)
	case text == "lognormal", text == "pareto": // wait for -scv
	default:
		err = fmt.Errorf("must be exponential, deterministic, lognormal, pareto or file:PATH: %q", text)
	}
	return s, text, err
}

func readTimes(file lab.Source) (workload.ServiceTime, error) {
	times, err := lab.ReadSource(file, workload.ReadDurations)
	if err != nil {
		return nil, err
	}
	return workload.NewEmpirical(inFineUnits(times))
}

// inFineUnits multiplies short times by a whole number, so that their mean comes near a second. Results are in mean service
// times and do not change, but simulated time is in whole nanoseconds, of which a service time should be many.
func inFineUnits(times []time.Duration) []time.Duration {
	sum := 0.0
	for _, t := range times {
		sum += float64(t)
	}
	longest := slices.Max(times)
	factor := time.Duration(math.Min(float64(syntheticMean)*float64(len(times))/sum, float64(math.MaxInt64/longest)))
	scaled := slices.Clone(times)
	for i := range scaled {
		scaled[i] *= max(1, factor)
	}
	return scaled
}

// exponential says whether theory for exponential service applies.
func (s service) exponential() bool { return s.name == "exponential" }

// describe is for the chart's second line.
func (s service) describe() string {
	switch {
	case s.file.Given():
		return fmt.Sprintf("measured service (%s, SCV %.2g)", s.file.Name(), s.scv)
	case s.name == "lognormal":
		return fmt.Sprintf("lognormal service (SCV %.4g)", s.scv)
	case s.name == "pareto":
		return fmt.Sprintf("Pareto service (SCV %.4g, a tail so heavy that bands are too narrow)", s.scv)
	default:
		return s.name + " service"
	}
}
