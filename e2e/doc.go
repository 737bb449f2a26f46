// Package e2e tests the binary from the outside: with Chromium, as a person
// uses it, and with OAuth and OpenID Connect clients written by others.
package e2e
