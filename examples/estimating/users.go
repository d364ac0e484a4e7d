package estimating

import (
	"fmt"

	"github.com/sysdesign-lab/sysdesign/estimate"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
)

// usersParameter declares -users, which is written as people do: 100k, 25M, or all digits.
func usersParameter(p *lab.Parameters, standard, meaning string, least, most estimate.Count) estimate.Count {
	return lab.Value(p, "users", standard, "users", meaning, func(text string) (estimate.Count, string, error) {
		n, err := estimate.ParseCount(text)
		if err == nil && (n < least || n > most) {
			err = fmt.Errorf("must lie in [%v, %v]: %v", least, most, n)
		}
		return n, n.String(), err
	})
}
