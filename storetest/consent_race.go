package storetest

import (
	"errors"
	"fmt"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// testWithdrawnConsentStaysWithdrawn: an approval keeps the scopes that were
// remembered before and that it does not show. If the person withdraws the consent
// after the approval has read them and before it writes, they must not come back.
func testWithdrawnConsentStaysWithdrawn(t *testing.T, h *house) {
	h.client(t, "c")
	h.user(t, "ada")
	const rounds, approvals = 20, 6
	for range rounds {
		must(t, h.approve(oauth.Approval{Consent: h.consent("read", "write"), Shown: oauth.Scopes{"read", "write"}}))
		results := together(approvals+1, func(i int) error {
			if i == approvals {
				return h.WithdrawConsent(ctx, "id-ada", "c", h.now)
			}
			scope := fmt.Sprint("scope", i)
			return h.approve(oauth.Approval{Consent: h.consent(scope), Shown: oauth.Scopes{scope}})
		})
		must(t, errors.Join(results...))
		got, err := h.Consent(ctx, "id-ada", "c")
		if err != nil && !errors.Is(err, oauth.ErrNotFound) {
			t.Fatal(err)
		}
		if got.Scope.Contains("read") || got.Scope.Contains("write") {
			t.Fatalf("a withdrawn consent came back: %q", got.Scope)
		}
		must(t, h.WithdrawConsent(ctx, "id-ada", "c", h.now))
	}
}
