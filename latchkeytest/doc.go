// Package latchkeytest runs a provider for the tests of programs that use OAuth 2 or
// OpenID Connect: clients, and APIs that are guarded with access tokens.
//
//	p := latchkeytest.New(t)
//	token := p.Token("ada", "read") // adds the person, and issues an access token
//
// The provider is complete: it listens on a free local port, and everything is in
// memory. A Browser logs in and gives consent as a person would, on the real pages.
// Provider.Advance moves the clock, and Provider.Break makes requests fail.
//
// For programs in other languages, the command "latchkey mock" does the same.
package latchkeytest
