package provider_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// The claims of JWTs as their platforms issue them, without the times.
const (
	githubJob = `{"jti":"a1","iss":"ISSUER","aud":"AUDIENCE","sub":"repo:acme/shop:environment:production","repository":"acme/shop","repository_owner":"acme",
		"repository_id":"123456789","ref":"refs/heads/main","ref_protected":"true","environment":"production","workflow":"Deploy","event_name":"push","run_attempt":"1",
		"job_workflow_ref":"acme/shop/.github/workflows/deploy.yml@refs/heads/main","runner_environment":"github-hosted"}`
	serviceAccount = `{"iss":"ISSUER","aud":["AUDIENCE"],"sub":"system:serviceaccount:prod:nightly","jti":"k1","kubernetes.io":{"namespace":"prod",
		"node":{"name":"node-1","uid":"n"},"pod":{"name":"nightly-28","uid":"p"},"serviceaccount":{"name":"nightly","uid":"s"}}}`
	jwtSVID = `{"iss":"ISSUER","aud":["AUDIENCE"],"sub":"spiffe://acme.example/ns/prod/sa/nightly"}`
)

// newWorkload returns a client without a secret, for which these rules are written.
func newWorkload(t *testing.T, rules string, change func(*oauth.Client, *oauth.TrustedIssuer)) *foreign {
	t.Helper()
	return newForeign(t, func(_ *provider.Config, c *oauth.Client, i *oauth.TrustedIssuer) {
		i.Uses = []oauth.TrustedUse{oauth.TrustedClientAuthentication}
		c.Secrets, c.WorkloadIdentities = nil, json.RawMessage(strings.ReplaceAll(rules, "ISSUER", foreignIssuer))
		if change != nil {
			change(c, i)
		}
	})
}

// workload requests a token with a JWT of this shape, changed by the given claims.
func (f *foreign) workload(shape, typ string, change map[string]any, pairs ...string) error {
	f.t.Helper()
	claims := map[string]any{"jti": nil} // most of them are reused
	if err := json.Unmarshal([]byte(strings.NewReplacer("ISSUER", foreignIssuer, "AUDIENCE", issuer).Replace(shape)), &claims); err != nil {
		f.t.Fatal(err)
	}
	for name, value := range change {
		claims[name] = value
	}
	_, err := f.Token(ctx, "", params(f.t, append([]string{
		"grant_type", "client_credentials", "client_id", f.id, "client_assertion_type", assertionType, "client_assertion", f.jwt(typ, claims),
	}, pairs...)...))
	return err
}

// TestWorkloadsAuthenticateUnderARule: RFC 7521 §4.2, RFC 7523 §2.2, §3.
func TestWorkloadsAuthenticateUnderARule(t *testing.T) {
	const (
		production = `[{"issuer":"ISSUER","subject":"repo:acme/shop:environment:production"}]`
		anyBranch  = `[{"issuer":"ISSUER","subject":"repo:acme/shop:*","claims":{"repository_id":["123456789"],"ref_protected":["true"]}}]`
		account    = `[{"issuer":"ISSUER","subject":"system:serviceaccount:prod:nightly","claims":{"kubernetes.io/namespace":["prod"]}}]`
		svid       = `[{"issuer":"ISSUER","subject":"spiffe://acme.example/ns/prod/*"}]`
	)
	for name, test := range map[string]struct {
		rules, shape, typ string
		change            map[string]any
		says              string // empty: it is accepted
	}{
		"a GitHub job of an environment":        {rules: production, shape: githubJob, typ: "JWT"},
		"a job of another environment":          {rules: production, shape: githubJob, change: map[string]any{"sub": "repo:acme/shop:environment:staging"}, says: "no workload identity"},
		"a job of another repository":           {rules: production, shape: githubJob, change: map[string]any{"sub": "repo:acme/shop-2:environment:production"}, says: "no workload identity"},
		"a job of any branch":                   {rules: anyBranch, shape: githubJob, change: map[string]any{"sub": "repo:acme/shop:ref:refs/heads/main"}},
		"a repository with a longer name":       {rules: anyBranch, shape: githubJob, change: map[string]any{"sub": "repo:acme/shopping:ref:refs/heads/main"}, says: "no workload identity"},
		"a repository that got an old name":     {rules: anyBranch, shape: githubJob, change: map[string]any{"repository_id": "2"}, says: "no workload identity"},
		"a branch that is not protected":        {rules: anyBranch, shape: githubJob, change: map[string]any{"ref_protected": "false"}, says: "no workload identity"},
		"a claim in another letter case":        {rules: anyBranch, shape: githubJob, change: map[string]any{"ref_protected": nil, "Ref_Protected": "true"}, says: "no workload identity"},
		"a sub in another letter case":          {rules: production, shape: githubJob, change: map[string]any{"sub": "repo:acme/shop:environment:staging", "SUB": "repo:acme/shop:environment:production"}, says: "no workload identity"},
		"a Kubernetes service account":          {rules: account, shape: serviceAccount},
		"an account of another namespace":       {rules: account, shape: serviceAccount, change: map[string]any{"kubernetes.io": map[string]any{"namespace": "dev"}}, says: "no workload identity"},
		"a JWT-SVID (SPIFFE)":                   {rules: svid, shape: jwtSVID, typ: "JOSE"},
		"a JWT-SVID of another trust domain":    {rules: svid, shape: jwtSVID, change: map[string]any{"sub": "spiffe://acme.example.evil/ns/prod/sa/x"}, says: "no workload identity"},
		"one of two rules":                      {rules: production[:len(production)-1] + "," + account[1:], shape: serviceAccount},
		"for another server":                    {rules: account, shape: serviceAccount, change: map[string]any{"aud": "https://kubernetes.default.svc"}, says: "aud"},
		"for another server too":                {rules: account, shape: serviceAccount, change: map[string]any{"aud": []string{issuer, "https://kubernetes.default.svc"}}, says: "aud"},
		"expired":                               {rules: account, shape: serviceAccount, change: map[string]any{"exp": 1}, says: "expired"},
		"an issuer that is not trusted":         {rules: strings.ReplaceAll(account, "ISSUER", "https://evil.example"), shape: serviceAccount, change: map[string]any{"iss": "https://evil.example"}, says: "not a trusted issuer"},
		"a rule for another issuer":             {rules: strings.ReplaceAll(account, "ISSUER", "https://other.example"), shape: serviceAccount, says: "no workload identity"},
		"a JWT access token of the issuer":      {rules: account, shape: serviceAccount, typ: "at+jwt", says: "another kind"},
		"an assertion that the client might do": {rules: account, shape: serviceAccount, change: map[string]any{"iss": "client", "sub": "client"}, says: "registered for client_secret_basic"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newWorkload(t, test.rules, nil)
			err := f.workload(test.shape, test.typ, test.change)
			if test.says == "" {
				wantCode(t, err, "")
				return
			}
			wantCode(t, err, "invalid_client")
			if !strings.Contains(logged(err), test.says) {
				t.Errorf("got %q, want %q", logged(err), test.says)
			}
		})
	}
}

// TestWorkloadIsBoundToTheNamedClient: the sub of its JWT is not a client_id.
func TestWorkloadIsBoundToTheNamedClient(t *testing.T) {
	f := newWorkload(t, `[{"issuer":"ISSUER","subject":"system:serviceaccount:prod:nightly"}]`, nil)
	other := f.client()
	other.ID = "other"
	f.add(other)
	wantCode(t, f.workload(serviceAccount, "", nil), "")
	wantCode(t, f.workload(serviceAccount, "", nil, "client_id", ""), "invalid_client")
	wantCode(t, f.workload(serviceAccount, "", nil, "client_id", "other"), "invalid_client") // it has no rules
	wantCode(t, f.workload(serviceAccount, "", nil, "client_secret", "x"), "invalid_request")
	_, err := f.token("grant_type", "client_credentials") // a secret of nobody
	wantCode(t, err, "invalid_client")
}

func TestIssuerMustBeTrustedForClientAuthentication(t *testing.T) {
	f := newWorkload(t, `[{"issuer":"ISSUER","subject":"system:serviceaccount:prod:nightly"}]`, func(_ *oauth.Client, i *oauth.TrustedIssuer) {
		i.Uses = []oauth.TrustedUse{oauth.TrustedJWTBearer}
	})
	wantCode(t, f.workload(serviceAccount, "", nil), "invalid_client")
}

// TestJWTOfAWorkloadIsAcceptedOnceIfTheRuleHasOnce: RFC 7523 §3 number 7. A pod
// of Kubernetes has the same JWT for an hour, so this cannot be the default.
func TestJWTOfAWorkloadIsAcceptedOnceIfTheRuleHasOnce(t *testing.T) {
	same := map[string]any{"iat": float64(1), "jti": "same"}
	for rules, accepts := range map[string][2]string{
		`[{"issuer":"ISSUER","subject":"system:serviceaccount:prod:nightly"}]`:                                                                                {"", ""},
		`[{"issuer":"ISSUER","subject":"system:serviceaccount:prod:nightly","once":true}]`:                                                                    {"", "invalid_client"},
		`[{"issuer":"ISSUER","subject":"system:serviceaccount:prod:*","once":true},{"issuer":"ISSUER","subject":"system:serviceaccount:prod:nightly"}]`:       {"", ""},
		`[{"issuer":"ISSUER","subject":"system:serviceaccount:prod:*","once":true},{"issuer":"ISSUER","subject":"system:serviceaccount:dev:*","once":false}]`: {"", "invalid_client"},
	} {
		f := newWorkload(t, rules, nil)
		same["iat"], same["exp"] = f.now.Unix(), f.now.Add(5*time.Minute).Unix()
		for _, code := range accepts {
			if wantCode(t, f.workload(serviceAccount, "", same), code); t.Failed() {
				t.Fatal(rules)
			}
		}
	}
	f := newWorkload(t, `[{"issuer":"ISSUER","subject":"system:serviceaccount:prod:nightly","once":true}]`, nil)
	wantCode(t, f.workload(serviceAccount, "", map[string]any{"jti": nil}), "invalid_client")
}

// TestWorkloadsCanBeAnotherWay: during a change from a secret or a key.
func TestWorkloadsCanBeAnotherWay(t *testing.T) {
	f := newWorkload(t, `[{"issuer":"ISSUER","subject":"system:serviceaccount:prod:nightly"}]`, func(c *oauth.Client, _ *oauth.TrustedIssuer) {
		c.AuthMethod, c.JWKSURI = oauth.AuthPrivateKeyJWT, "https://app.example/jwks"
	})
	f.publish["https://app.example/jwks"] = f.publish[foreignKeysAt]
	wantCode(t, f.workload(serviceAccount, "", nil), "")
	wantCode(t, f.workload(serviceAccount, "", map[string]any{"iss": f.id, "sub": f.id, "jti": "1"}), "")
}

func TestWorkloadRulesAreValidated(t *testing.T) {
	h := newHouse(t, nil)
	for rules, faults := range map[string]int{
		`[{"issuer":"https://i.example","subject":"a"}]`:                        0,
		`[{"issuer":"https://i.example","subject":"a:*","claims":{"x":["y"]}}]`: 0,
		`[]`: 1,
		`{}`: 1,
		`[{"issuer":"https://i.example","subject":"a","claim":{"x":["y"]}}]`:            1, // a typing mistake must not omit a condition
		`[{"issuer":"https://i.example","subject":"a"}] []`:                             1,
		`[{"issuer":"https://i.example"}]`:                                              1,
		`[{"subject":"a"}]`:                                                             1,
		`[{"issuer":"https://i.example","subject":"*"}]`:                                1,
		`[{"issuer":"https://i.example","subject":"a*"}]`:                               1,
		`[{"issuer":"https://i.example","subject":"a","claims":{"x":[]}}]`:              1,
		`[` + strings.Repeat(`{"issuer":"i","subject":"a"},`, 50) + `{}]`:               1,
		`[{"issuer":"https://i.example","subject":"` + strings.Repeat(long, 14) + `"}]`: 1,
	} {
		c := h.client()
		c.Secrets, c.WorkloadIdentities = nil, json.RawMessage(rules)
		found := provider.ValidateClient(c, oauth.DefaultScopeInfos())
		if len(found) != faults {
			t.Errorf("%.80s: %v", rules, found)
		}
	}
	c := h.client()
	c.Type, c.Secrets, c.GrantTypes = oauth.Public, nil, []string{oauth.GrantAuthorizationCode}
	c.WorkloadIdentities = json.RawMessage(`[{"issuer":"https://i.example","subject":"a"}]`)
	if found := provider.ValidateClient(c, oauth.DefaultScopeInfos()); len(found) != 1 {
		t.Errorf("a public client: %v", found)
	}
}
