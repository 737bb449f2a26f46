package provider_test

import (
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

const spiffeType = "urn:ietf:params:oauth:client-assertion-type:jwt-spiffe"

// draft-ietf-oauth-spiffe-client-auth, JWT-SVID: it authenticates a client under a rule,
// with the keys of a SPIFFE bundle.
func TestJWTSVIDAuthenticatesAClient(t *testing.T) {
	const rules = `[{"issuer":"ISSUER","subject":"spiffe://acme.example/ns/prod/*"}]`
	for name, test := range map[string]struct {
		rules, kind, use string
		change           map[string]any
		says             string // empty: it is accepted
	}{
		"with a key of a bundle":        {rules: rules, kind: spiffeType, use: "jwt-svid"},
		"as any JWT":                    {rules: rules, kind: assertionType, use: "jwt-svid"},
		"with a key for X.509-SVIDs":    {rules: rules, kind: spiffeType, use: "x509-svid", says: "not signed with a key"},
		"of another trust domain":       {rules: rules, kind: spiffeType, use: "jwt-svid", change: map[string]any{"sub": "spiffe://evil.example/ns/prod/sa/x"}, says: "no workload identity"},
		"of a client without rules":     {rules: `[]`, kind: spiffeType, use: "jwt-svid", says: "name a workload"},
		"without a SPIFFE ID":           {rules: `[{"issuer":"ISSUER","subject":"job"}]`, kind: spiffeType, use: "jwt-svid", change: map[string]any{"sub": "job"}, says: "not a JWT-SVID"},
		"that the client made itself":   {rules: rules, kind: spiffeType, use: "jwt-svid", change: map[string]any{"iss": "client"}, says: "not a JWT-SVID"},
		"without an iss":                {rules: rules, kind: spiffeType, use: "jwt-svid", change: map[string]any{"iss": ""}, says: "trusted issuer"},
		"with a type that is not known": {rules: rules, kind: spiffeType + "2", use: "jwt-svid", says: "is not supported"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newWorkload(t, test.rules, nil)
			if test.rules == `[]` {
				f = newWorkload(t, "", func(c *oauth.Client, _ *oauth.TrustedIssuer) { c.WorkloadIdentities = nil })
			}
			f.publish[foreignKeysAt] = strings.Replace(f.publish[foreignKeysAt], `"use":"sig"`, `"use":"`+test.use+`"`, 1)
			err := f.workload(jwtSVID, "JWT", test.change, "client_assertion_type", test.kind)
			if test.says == "" {
				wantCode(t, err, "")
			} else if err == nil || !strings.Contains(logged(err), test.says) {
				t.Errorf("got %q, want %q", logged(err), test.says)
			}
		})
	}
}
