package provider

import (
	"context"
	"crypto"
	"slices"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// recoverHooks turns a panic in a function of the host program into an error of that function. The
// request then fails as after any other error of the function: before anything is used up, and with
// one record in the log, which contains the stack. Without this, a panic would skip the code that
// records a failed request, or would end the process if Run calls the function.
//
// CheckClientURI is not one of them, because clients see the text of its errors. checkMetadata
// recovers from its panics for clients that describe themselves. Elsewhere, it is called in the
// goroutine of a request or of the host program.
func (c *Config) recoverHooks() {
	c.Claims, c.FindPerson = recovering(c.Claims), recovering(c.FindPerson)
	c.TokenLifetimes, c.TokenFormat, c.TokenMetadata = recovering(c.TokenLifetimes), recovering(c.TokenFormat), recovering(c.TokenMetadata)
	if add := c.AddClaims; add != nil {
		c.AddClaims = func(ctx context.Context, info oauth.TokenInfo, target oauth.ClaimsTarget) (claims map[string]any, err error) {
			defer recovered(&err)
			return add(ctx, info, target)
		}
	}
	if source := c.ScopeSource; source != nil {
		c.ScopeSource = func(ctx context.Context) (scopes []oauth.ScopeInfo, err error) {
			defer recovered(&err)
			return source(ctx)
		}
	}
	if check := c.CheckPerson; check != nil {
		c.CheckPerson = func(ctx context.Context, subject string) (name string, active bool, err error) {
			defer recovered(&err)
			return check(ctx, subject)
		}
	}
	if generate := c.NewKey; generate != nil {
		c.NewKey = func(alg string) (key crypto.Signer, err error) {
			defer recovered(&err)
			return generate(alg)
		}
	}
	c.Grants = slices.Clone(c.Grants)
	for i := range c.Grants {
		c.Grants[i].Decide = recovering(c.Grants[i].Decide)
	}
}

// recovering returns a function that returns an error if call panics. It is nil if call is.
func recovering[A, R any](call func(context.Context, A) (R, error)) func(context.Context, A) (R, error) {
	if call == nil {
		return nil
	}
	return func(ctx context.Context, argument A) (result R, err error) {
		defer recovered(&err)
		return call(ctx, argument)
	}
}
