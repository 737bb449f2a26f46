package provider

import (
	"context"
	"fmt"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// useClientAuthentication describes an assertion with which a workload
// authenticates as a client. The typ JOSE is that of some JWT-SVIDs (SPIFFE).
func useClientAuthentication() foreignUse {
	return foreignUse{use: oauth.TrustedClientAuthentication, code: oauth.CodeInvalidClient, name: "client_assertion", types: []string{typJOSE, typClientAuthentication}}
}

// isWorkload reports whether the assertion was made by another issuer than the
// client itself, and the client has rules for such assertions.
func (a *clientAssertion) isWorkload(client *oauth.Client) bool {
	return len(client.WorkloadIdentities) > 0 && !a.mac && a.claims.issuer != client.ID
}

// checkWorkload checks an assertion of a trusted issuer, which must meet one of the
// rules of the client. The sub is not the client, so it says nothing about which
// client this is: the request has a client_id (RFC 7521 §4.2).
func (s *Provider) checkWorkload(ctx context.Context, client *oauth.Client, text string) error {
	u := useClientAuthentication()
	f, err := s.verifyForeign(ctx, u, text)
	if rejected, ok := err.(*oauth.Error); ok && rejected.Code == oauth.CodeInvalidClient { //nolint:errorlint // an error that wraps others stays as it is
		return errOtherIssuer().WithReason(rejected.Reason).WithDetail("%s %s", rejected.Description, rejected.Detail)
	}
	if err != nil {
		return err
	}
	rules, err := oauth.ParseWorkloadRules(client.WorkloadIdentities)
	if err != nil {
		return fmt.Errorf("the workload identities of client %s: %w", client.ID, err)
	}
	once := false
	for _, rule := range rules {
		if !rule.Accepts(f.issuer.Issuer, f.claims) {
			continue
		}
		if !rule.Once {
			return nil
		}
		once = true
	}
	switch {
	case !once:
		return u.errorf("is valid, but no workload identity of the application accepts its iss, sub and claims. Compare them with the rules of the application.").
			WithReason("claim_rule").WithDetail("client %s, iss %q, sub %q", client.ID, f.issuer.Issuer, f.subject)
	case f.id == "":
		return u.errorf("needs a jti, because the application accepts it only once.")
	}
	first, err := s.firstUse(ctx, client.ID, f.issuer.Issuer, f.id, f.expires)
	if err == nil && !first {
		return u.errorf("was used before. Get a new one for each request.").WithReason("used_before")
	}
	return err
}
