package main

import "fmt"

// A part is one of several shares of the list, so that several machines can apply it
// together.
type part struct{ number, shares int }

// String is for package flag.
func (p *part) String() string { return fmt.Sprintf("%d/%d", p.number, p.shares) }

// Set is for package flag.
func (p *part) Set(text string) error {
	if n, err := fmt.Sscanf(text+" ", "%d/%d ", &p.number, &p.shares); err != nil || n != 2 || p.String() != text || p.number < 1 || p.number > p.shares {
		return fmt.Errorf("%q is not a share such as 1/2", text)
	}
	return nil
}

// of returns the mutations of the part: every second one for 1/2.
func (p part) of(all []mutation) (share []mutation) {
	for i := p.number - 1; i < len(all); i += p.shares {
		share = append(share, all[i])
	}
	return share
}
