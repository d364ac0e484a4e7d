package estimate

import (
	"fmt"
	"math/big"
	"strings"
)

// Money is an amount in one currency, exact to a millionth of its unit. Amounts of two currencies do not add. The zero value has no currency
// and is refused wherever money is needed.
type Money struct {
	micros   int64
	currency string
}

// NewMoney is so many millionths of a currency's unit. A currency has the three capital letters of ISO 4217, such as USD.
func NewMoney(micros int64, currency string) (Money, error) {
	if !isCurrency(currency) {
		return Money{}, fmt.Errorf("estimate: a currency must be three capital letters such as USD: %s", quoted(currency))
	}
	if micros < 0 {
		return Money{}, fmt.Errorf("estimate: money must not be negative: %d millionths of %s", micros, currency)
	}
	return Money{micros, currency}, nil
}

func isCurrency(s string) bool {
	return len(s) == 3 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

var signs = []struct{ sign, currency string }{{"$", "USD"}, {"€", "EUR"}, {"£", "GBP"}}

// ParseMoney reads an amount such as 0.09 USD, USD 1,500, $0.09 or 5 €. The signs $, € and £ are taken for USD, EUR and GBP. More than
// six decimals are an error, as is what exceeds 2^63-1 millionths.
func ParseMoney(text string) (Money, error) {
	const what = "money"
	s := strings.TrimSpace(text)
	currency := ""
	for _, known := range signs {
		if rest, found := strings.CutPrefix(s, known.sign); found {
			s, currency = rest, known.currency
			break
		}
	}
	if currency == "" && len(s) > 3 && isCurrency(s[:3]) {
		s, currency = s[3:], s[:3]
	}
	w, err := read(what, "0.09 USD", s)
	if err != nil {
		return Money{}, err
	}
	if currency == "" {
		currency, w.unit = w.unit, ""
		for _, known := range signs {
			if currency == known.sign {
				currency = known.currency
			}
		}
	}
	if w.unit != "" {
		return Money{}, fmt.Errorf("estimate: money must be one amount in one currency: %s", quoted(text))
	}
	if !isCurrency(currency) {
		return Money{}, fmt.Errorf("estimate: a currency must be three capital letters such as USD: %s in %s", quoted(currency), quoted(text))
	}
	micros, err := whole(what, " millionths of "+currency, strings.TrimSpace(text), times10(w.amount, 6))
	return Money{micros, currency}, err
}

// Micros are the millionths of the currency's unit.
func (m Money) Micros() int64 { return m.micros }

// Currency is the currency's three letters.
func (m Money) Currency() string { return m.currency }

// Plus is the sum of two amounts in one currency.
func (m Money) Plus(other Money) (Money, error) {
	if m.currency != other.currency {
		return Money{}, fmt.Errorf("estimate: money of one currency only can be added: %v and %v", m, other)
	}
	sum := m.micros + other.micros
	if sum < 0 {
		return Money{}, fmt.Errorf("estimate: money must be at most 2^63-1 millionths of %s: %v + %v", m.currency, m, other)
	}
	return Money{sum, m.currency}, nil
}

// String is the amount with all its decimals, and at least two, such as 0.09 USD: it reads back as the same.
func (m Money) String() string {
	decimals := strings.TrimRight(fmt.Sprintf("%06d", m.micros%1e6), "0")
	for len(decimals) < 2 {
		decimals += "0"
	}
	return group(fmt.Sprint(m.micros/1e6)) + "." + decimals + " " + m.currency
}

// DataPrice is what a quantity of data costs, such as 0.09 USD a GB. Per is the quantity: GB and GiB differ by 7.4%, and price
// lists that say GB often mean the latter.
type DataPrice struct {
	Amount Money
	Per    Bytes
}

// ParseDataPrice reads a price such as 0.09 USD/GB, $0.023 per GiB or 5 EUR/2 TB. A price a month is a rate, and refused.
func ParseDataPrice(text string) (DataPrice, error) {
	amount, per, found := strings.Cut(text, "/")
	if !found {
		amount, per, found = strings.Cut(text, " per ")
	}
	if !found {
		return DataPrice{}, fmt.Errorf("estimate: a price of data must be written like 0.09 USD/GB: %s", quoted(text))
	}
	m, err := ParseMoney(amount)
	if err != nil {
		return DataPrice{}, err
	}
	p := DataPrice{Amount: m}
	if per = strings.TrimSpace(per); per != "" && strings.IndexByte("0123456789.-", per[0]) >= 0 {
		p.Per, err = ParseBytes(per)
	} else {
		var one *big.Rat
		if one, err = lookUp("bytes", written{text: strings.TrimSpace(text), unit: per}, byteUnits, bitUnits, "bits"); err == nil {
			p.Per = Bytes(one.Num().Int64())
		}
	}
	if err != nil {
		return DataPrice{}, err
	}
	if err := p.validate("a price of data"); err != nil {
		return DataPrice{}, err
	}
	return p, nil
}

func (p DataPrice) validate(what string) error {
	if p.Amount.currency == "" {
		return fmt.Errorf("estimate: %s must have a currency: %v", what, p)
	}
	if p.Per <= 0 {
		return fmt.Errorf("estimate: %s must be for a positive number of bytes: %v", what, p)
	}
	return nil
}

// perByte is the price of one byte, in the currency's unit.
func (p DataPrice) perByte() *big.Rat {
	return times10(big.NewRat(p.Amount.micros, int64(p.Per)), -6)
}

// String is the price as [ParseDataPrice] reads it back.
func (p DataPrice) String() string {
	per := p.Per.String()
	if iec := p.Per.IEC(); len(iec) < len(per) {
		per = iec
	}
	return p.Amount.String() + "/" + strings.TrimPrefix(per, "1 ")
}
