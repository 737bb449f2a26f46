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

// crowd is how many callers act at the same time.
const crowd = 64

func testContention(t *testing.T, h *house) {
	h.client(t, "c")
	h.user(t, "ada")

	t.Run("of many concurrent spends of one ticket one wins, and only its tokens are written", func(t *testing.T) {
		ticket := h.put(t, "id-ada")
		var requests [crowd]oauth.SpendRequest
		won := together(crowd, func(i int) bool {
			requests[i] = h.spend(ticket)
			got, err := h.Spend(ctx, requests[i])
			if err != nil || (!got.Won && got.Ticket.SpentAt.IsZero()) {
				t.Errorf("got %+v %v", got, err)
			}
			return got.Won
		})
		for i, r := range requests {
			if _, _, err := h.AccessToken(ctx, r.Access.ID); won[i] != (err == nil) {
				t.Errorf("caller %d won: %v, its token: %v", i, won[i], err)
			}
		}
		if n := count(won); n != 1 {
			t.Errorf("%d won", n)
		}
	})

	t.Run("of many concurrent changes of one ticket one wins", func(t *testing.T) {
		ticket := h.put(t, "id-ada")
		won := together(crowd, func(i int) bool {
			got, err := h.Change(ctx, oauth.ChangeRequest{Kind: someKind, ID: ticket.ID, From: "ready", To: fmt.Sprint(i), Now: h.now})
			if err != nil || got.Ticket.State == "ready" {
				t.Errorf("got %+v %v", got, err)
			}
			return got.Won
		})
		if n := count(won); n != 1 {
			t.Errorf("%d won", n)
		}
	})

	t.Run("of many that put the same ID one succeeds", func(t *testing.T) {
		for _, with := range []int{0, 1} { // tickets beside it
			ticket := h.ticket("id-ada")
			put := together(crowd, func(int) bool {
				tickets := []oauth.Ticket{ticket, h.ticket("id-ada")}[:1+with]
				err := h.Put(ctx, tickets...)
				if err != nil && !errors.Is(err, oauth.ErrConflict) {
					t.Error(err)
				}
				if with > 0 {
					if _, _, found := h.Ticket(ctx, someKind, tickets[1].ID); (found == nil) != (err == nil) {
						t.Errorf("put: %v, and the other ticket: %v", err, found)
					}
				}
				return err == nil
			})
			if n := count(put); n != 1 {
				t.Errorf("%d of those with %d more tickets succeeded", n, with)
			}
		}
	})

	t.Run("of many grants for one assertion one is written", func(t *testing.T) {
		expires := h.now.Add(time.Hour)
		families := make([]oauth.Family, crowd)
		granted := together(crowd, func(i int) bool {
			permission := oauth.Permission{Subject: "id-ada", Scope: oauth.Scopes{"read"}, AuthTime: h.now}
			families[i] = oauth.Family{
				ID: oauth.NewID(h.now), ClientID: "c", Permission: permission, AccessScope: permission.Scope,
				IssuedAt: h.now, IdleExpiresAt: expires, ExpiresAt: expires,
			}
			used := oauth.Ticket{
				Kind: "assertion", ID: oauth.IDFrom(expires, [10]byte([]byte("jti number"))), Proof: oauth.NewToken(oauth.KindAccess, h.now).Hash(),
				ClientID: "c", IssuedAt: h.now, ExpiresAt: expires,
			}
			err := h.approve(oauth.Approval{Put: &used, Family: &families[i]})
			if err != nil && !errors.Is(err, oauth.ErrConflict) {
				t.Error(err)
			}
			return err == nil
		})
		for i := range families {
			if _, _, err := h.Family(ctx, families[i].ID); granted[i] != (err == nil) {
				t.Errorf("grant %d was written: %v, its family: %v", i, granted[i], err)
			}
		}
		if n := count(granted); n != 1 {
			t.Errorf("%d grants were written", n)
		}
	})

	t.Run("of many decisions about one ticket one is written", func(t *testing.T) {
		request := h.put(t, "")
		codes := make([]oauth.Ticket, crowd)
		approved := together(crowd, func(i int) bool {
			codes[i] = h.ticket("id-ada")
			spend := h.spend(request)
			spend.Family, spend.Access = nil, nil
			err := h.approve(oauth.Approval{Put: &codes[i], Spend: &spend, Consent: h.consent("read")})
			if err != nil && !errors.Is(err, oauth.ErrConflict) {
				t.Error(err)
			}
			return err == nil
		})
		for i := range codes {
			if _, _, err := h.Ticket(ctx, someKind, codes[i].ID); approved[i] != (err == nil) {
				t.Errorf("decision %d was approved: %v, its ticket: %v", i, approved[i], err)
			}
		}
		if n := count(approved); n != 1 {
			t.Errorf("%d decisions were written", n)
		}
	})

	t.Run("of many decisions that are tickets themselves one is written, with its change", func(t *testing.T) {
		device, id := h.put(t, ""), oauth.NewID(h.now)
		written := together(crowd, func(i int) bool {
			answer := h.ticket("")
			answer.ID, answer.ClientID, answer.Proof = id, "", oauth.NewToken(oauth.KindAccess, h.now).Hash()
			decide := func() error { return h.Put(ctx, answer) }
			if i%2 == 0 {
				answer.State = "allowed"
				change := oauth.ChangeRequest{Kind: device.Kind, ID: device.ID, From: device.State, To: answer.State, Now: h.now}
				decide = func() error { return h.approve(oauth.Approval{Put: &answer, Change: &change}) }
			}
			err := decide()
			if err != nil && !errors.Is(err, oauth.ErrConflict) {
				t.Error(err)
			}
			return err == nil
		})
		answer, _, err := h.Ticket(ctx, someKind, id)
		must(t, err)
		changed, _, err := h.Ticket(ctx, device.Kind, device.ID)
		must(t, err)
		if n := count(written); n != 1 || changed.State != answer.State {
			t.Errorf("%d decisions were written; the answer is %q, the state %q", n, answer.State, changed.State)
		}
	})

	t.Run("of many concurrent rotations of one token one wins, and the others see its result", func(t *testing.T) {
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

	t.Run("many clicks of the same decision all succeed", func(t *testing.T) {
		for _, completes := range []bool{false, true} {
			code, request := h.ticket("id-ada"), h.put(t, "")
			f, access := h.front()
			for _, err := range together(crowd, func(i int) error {
				a := oauth.Approval{Put: &code}
				if completes {
					spend := h.spend(request)
					spend.Family, spend.Access = nil, nil
					a.Spend, a.Family, a.Access = &spend, f, access
				}
				return h.approve(a)
			}) {
				must(t, err)
			}
		}
	})

	t.Run("a rotation and a revocation at the same time leave no valid token", func(t *testing.T) {
		for range 20 {
			f, _ := h.family(t, "id-ada")
			r := h.rotation(f)
			together(2, func(i int) error {
				if i == 0 {
					_, err := h.Rotate(ctx, r)
					return err
				}
				return h.revoke(oauth.Revocation{ClientID: "c", At: h.now, Families: []oauth.ID{f.ID}})
			})
			if _, standing, err := h.AccessToken(ctx, r.Access.ID); err == nil && !standing.FamilyRevoked {
				t.Fatal("a token outlived the revocation")
			}
		}
	})

	t.Run("tokens issued together are all there", func(t *testing.T) {
		tokens := together(crowd, func(int) oauth.AccessToken {
			token := oauth.NewToken(oauth.KindAccess, h.now)
			row := oauth.AccessToken{ID: token.ID, Hash: token.Hash(), ClientID: "c", Scope: oauth.Scopes{"read"}, Audience: oauth.Audience{"https://one.example.com"}, IssuedAt: h.now, ExpiresAt: h.now.Add(time.Hour)}
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

	t.Run("open attempts never exceed a limit", func(t *testing.T) {
		begun := together(crowd, func(int) bool {
			_, begun := h.beginAttempt(t, 3, "crowded address", "crowded account")
			return begun
		})
		if n := count(begun); n != 3 {
			t.Errorf("%d attempts begun, want 3", n)
		}
		h.wantAttempts(t, "crowded account", 0, 3)
	})

	t.Run("one account gets the name", func(t *testing.T) {
		created := together(crowd, func(i int) bool {
			err := h.CreateUser(ctx, &account.User{ID: fmt.Sprint("u", i), Username: "same"}, "same", account.Unconditionally)
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
	for _, odd := range []string{"'; DROP TABLE latchkey_client; --", "\"\\%_", "日本語 🔑 \u202e", "a\tb\nc", "$1 ? :name @x"} {
		c := &oauth.Client{ID: odd, Name: odd, RedirectURIs: []string{odd}}
		must(t, h.CreateClient(ctx, c))
		got, err := h.Client(ctx, odd)
		must(t, err)
		same(t, "client", *got, *c)
		rows, _, err := h.Clients(ctx, oauth.ClientFilter{Search: odd}, paging.Page{})
		if err != nil || len(rows) != 1 {
			t.Errorf("searching for %q finds %d: %v", odd, len(rows), err)
		}
		ticket := h.ticket(odd)
		ticket.ClientID, ticket.Body, ticket.State = odd, odd, odd
		must(t, h.Put(ctx, ticket))
		if got, _, err := h.Ticket(ctx, someKind, ticket.ID); err != nil || got.Body != odd || got.State != odd {
			t.Errorf("the ticket came back as %+v: %v", got, err)
		}
	}
}
