package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// crowd is how many callers meet at once.
const crowd = 64

func testContention(t *testing.T, h *house) {
	h.client(t, "c")
	h.user(t, "ada")

	t.Run("of many who redeem one code one wins, and nobody else's token is there", func(t *testing.T) {
		_, code := h.code("id-ada")
		must(t, h.ApproveCode(ctx, oauth.CodeApproval{Code: code}))
		var asked [crowd]oauth.Redemption
		won := together(crowd, func(i int) bool {
			asked[i] = h.redemption(code)
			got, err := h.Redeem(ctx, asked[i])
			if err != nil || (!got.Won && got.Code.UsedAt.IsZero()) {
				t.Errorf("got %+v %v", got, err)
			}
			return got.Won
		})
		winners := 0
		for i, r := range asked {
			_, _, err := h.AccessToken(ctx, r.Access.ID)
			if won[i] != (err == nil) {
				t.Errorf("caller %d won: %v, its token: %v", i, won[i], err)
			}
			if won[i] {
				winners++
			}
		}
		if winners != 1 {
			t.Errorf("%d won", winners)
		}
	})

	t.Run("of many who spend one refresh token one wins, and the others see what it left", func(t *testing.T) {
		f, _ := h.family(t, "id-ada")
		answers := together(crowd, func(int) oauth.SpendResult {
			got, err := h.Rotate(ctx, h.rotation(f))
			if err != nil {
				t.Error(err)
			}
			return got
		})
		winners := 0
		for _, got := range answers {
			if got.Won {
				winners++
			}
			if got.Family.Generation != 1 || got.Family.Previous != f.Hash {
				t.Errorf("a caller saw %+v", got.Family)
			}
		}
		if winners != 1 {
			t.Errorf("%d won", winners)
		}
	})

	t.Run("many clicks on Authorize make one code", func(t *testing.T) {
		_, code := h.code("id-ada")
		for _, err := range together(crowd, func(int) error { return h.ApproveCode(ctx, oauth.CodeApproval{Code: code}) }) {
			must(t, err)
		}
	})

	t.Run("redeeming and revoking at once never leaves a living token behind", func(t *testing.T) {
		for range 20 {
			f, _ := h.family(t, "id-ada")
			r := h.rotation(f)
			together(2, func(i int) error {
				if i == 0 {
					_, err := h.Rotate(ctx, r)
					return err
				}
				return h.Revoke(ctx, oauth.Revocation{ClientID: "c", At: h.now, FamilyID: f.ID})
			})
			if _, standing, err := h.AccessToken(ctx, r.Access.ID); err == nil && !standing.FamilyRevoked {
				t.Fatal("a token outlived the revocation")
			}
		}
	})

	t.Run("tokens issued together are all there", func(t *testing.T) {
		tokens := together(crowd, func(int) oauth.AccessToken {
			token := oauth.NewToken(oauth.KindAccess, h.now)
			row := oauth.AccessToken{ID: token.ID, Hash: token.Hash(), ClientID: "c", Scope: oauth.Scopes{"read"}, IssuedAt: h.now, ExpiresAt: h.now.Add(time.Hour)}
			if err := h.Issue(ctx, row); err != nil {
				t.Error(err)
			}
			return row
		})
		for _, token := range tokens {
			got, _, err := h.AccessToken(ctx, token.ID)
			must(t, err)
			same(t, "token", got, token)
		}
	})

	t.Run("one key is the first", func(t *testing.T) {
		added := together(crowd, func(i int) bool {
			ok, err := h.AddSigningKey(ctx, oauth.SigningKey{ID: fmt.Sprint(i), Alg: "x", Public: []byte("p"), Private: []byte("s"), CreatedAt: h.now}, "", time.Time{})
			if err != nil {
				t.Error(err)
			}
			return ok
		})
		if n := count(added); n != 1 {
			t.Errorf("%d keys are the first", n)
		}
		first := slices.Index(added, true)
		added = together(crowd, func(i int) bool {
			key := oauth.SigningKey{ID: fmt.Sprint("next ", i), Alg: "x", Public: []byte("p"), Private: []byte("s"), CreatedAt: h.now.Add(time.Second)}
			ok, err := h.AddSigningKey(ctx, key, fmt.Sprint(first), h.now.Add(time.Hour))
			if err != nil {
				t.Error(err)
			}
			return ok
		})
		if n := count(added); n != 1 {
			t.Errorf("%d keys follow the first", n)
		}
	})

	t.Run("attempts are counted exactly", func(t *testing.T) {
		seen := make(map[int]bool)
		for _, n := range together(crowd, func(int) int {
			n, _, err := h.CountAttempt(ctx, "k", time.Minute, h.now)
			if err != nil {
				t.Error(err)
			}
			return n
		}) {
			seen[n] = true
		}
		if len(seen) != crowd || !seen[crowd] {
			t.Errorf("%d counts for %d attempts", len(seen), crowd)
		}
	})

	t.Run("one account gets the name", func(t *testing.T) {
		created := together(crowd, func(i int) bool {
			err := h.CreateUser(ctx, &account.User{ID: fmt.Sprint("u", i), Username: "same"}, "same", false)
			if err != nil && !errors.Is(err, account.ErrConflict) {
				t.Error(err)
			}
			return err == nil
		})
		if n := count(created); n != 1 {
			t.Errorf("%d accounts have the name", n)
		}
	})
}

func count(values []bool) (n int) {
	for _, v := range values {
		if v {
			n++
		}
	}
	return n
}

func testOddText(t *testing.T, h *house) {
	for _, odd := range []string{"'; DROP TABLE code; --", "\"\\%_", "日本語 🔑 \u202e", "a\tb\nc", "$1 ? :name @x"} {
		c := &oauth.Client{ID: odd, Name: odd, RedirectURIs: []string{odd}}
		must(t, h.CreateClient(ctx, c))
		got, err := h.Client(ctx, odd)
		must(t, err)
		same(t, "client", *got, *c)
		rows, _, err := h.Clients(ctx, oauth.ClientFilter{Search: odd}, paging.Page{})
		if err != nil || len(rows) != 1 {
			t.Errorf("searching for %q finds %d: %v", odd, len(rows), err)
		}
		_, code := h.code(odd)
		code.ClientID, code.Nonce = odd, odd
		must(t, h.ApproveCode(ctx, oauth.CodeApproval{Code: code}))
		if got, err := h.Redeem(ctx, h.redemption(code)); err == nil && got.Code.Nonce != odd {
			t.Errorf("the nonce came back as %q", got.Code.Nonce)
		}
	}
}
