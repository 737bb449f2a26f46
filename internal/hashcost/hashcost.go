// Package hashcost defines the cost of password hashes.
package hashcost

import "github.com/alexedwards/argon2id"

// Cost is the cost of a password hash. The zero value is the cost for passwords of
// people.
type Cost struct{ least bool }

// Least returns the lowest possible cost. It is for tests, unless they test the
// cost.
func Least() Cost { return Cost{least: true} }

// Params returns the parameters of argon2id. For passwords of people, they are those
// that OWASP recommends first: 19 MiB of memory, two iterations, one thread.
func (c Cost) Params() *argon2id.Params {
	if c.least {
		return &argon2id.Params{Memory: 8, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}
	}
	return &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}
}
