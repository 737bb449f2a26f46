package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
)

// mail returns a mail that is due now.
func (h *house) mail(id string, kind account.MailKind, to, source string, rank int64) account.Mail {
	return account.Mail{
		ID: id, Kind: kind, To: to, UserID: "user", Source: source, Rank: rank,
		Details:   account.MailDetails{Address: "203.0.113.7", Browser: "Browser \"x\""},
		CreatedAt: h.now, NextAt: h.now, ExpiresAt: h.now.Add(time.Hour),
	}
}

// testMailsOf: a person has the mails about their account, and those to the address that they
// have confirmed.
func testMailsOf(t *testing.T, h *house) {
	wide := account.MailBounds{Rank: 100, Recipient: 100, Source: 100}
	own := h.mail("own", account.MailVerify, "ada@x.example", "s", 2)
	reset := h.mail("reset-of-ada", account.MailReset, "Ada@x.example", "s", 0)
	reset.UserID, reset.CreatedAt = "", h.now.Add(time.Second)
	foreign := h.mail("foreign", account.MailNewBrowser, "ada@x.example", "s", 3)
	foreign.UserID = "another"
	for _, m := range []account.Mail{reset, own, foreign} {
		must(t, h.AddMail(ctx, m, wide))
	}
	for name, test := range map[string]struct {
		address string
		limit   int
		want    []string
	}{
		"with a confirmed address": {"ada@X.example", 9, []string{"own", "reset-of-ada"}}, "without": {"", 9, []string{"own"}},
		"with another address": {"bob@x.example", 9, []string{"own"}}, "up to the limit": {"ada@x.example", 1, []string{"own"}},
	} {
		got, err := h.MailsOf(ctx, "user", test.address, test.limit)
		must(t, err)
		if ids := mailIDs(got); !slices.Equal(ids, test.want) {
			t.Errorf("%s: got %q, want %q", name, ids, test.want)
		}
	}
	got, err := h.MailsOf(ctx, "user", "", 9)
	must(t, err)
	same(t, "mail", got, []account.Mail{own})
}

func testMails(t *testing.T, h *house) {
	wide := account.MailBounds{Rank: 100, Recipient: 100, Source: 100}
	late := h.mail("late", account.MailReset, "ada@x.example", "s", 0)
	late.NextAt = h.now.Add(time.Hour)
	verify := h.mail("verify", account.MailVerify, "ada@x.example", "s", 2)
	reset := h.mail("reset", account.MailReset, "Ada@x.example", "s", 0)
	for _, m := range []account.Mail{verify, late, reset} {
		must(t, h.AddMail(ctx, m, wide))
	}
	if n, err := h.WaitingMails(ctx); err != nil || n != 3 {
		t.Errorf("%d mails wait: %v", n, err)
	}
	take := func(rank int64, n int) []account.Mail {
		t.Helper()
		taken, err := h.TakeMails(ctx, h.now, time.Minute, rank, n)
		must(t, err)
		return taken
	}
	if got := take(1, 0); len(got) != 0 {
		t.Errorf("took %d, asked for none", len(got))
	}
	urgent := take(1, 9)
	reset.Attempts, reset.NextAt = 1, h.now.Add(time.Minute)
	same(t, "urgent mails", urgent, []account.Mail{reset})
	if got := take(2, 9); len(got) != 1 || got[0].ID != "verify" {
		t.Errorf("then took %+v", got)
	}
	if got := take(2, 9); len(got) != 0 {
		t.Errorf("took mails twice: %+v", got)
	}
	must(t, h.RemoveMail(ctx, "verify"))
	must(t, h.RemoveMail(ctx, "verify"))
	for attempt := range 10 {
		h.setNow(h.now.Add(2 * time.Hour))
		got := take(2, 9)
		if ids := mailIDs(got); !slices.Equal(ids, []string{"late", "reset"}) && !slices.Equal(ids, []string{"reset", "late"}) {
			t.Fatalf("attempt %d: took %q", attempt+2, ids)
		}
		for _, m := range got {
			if wait, want := m.NextAt.Sub(h.now), time.Minute<<min(m.Attempts-1, 6); wait != want {
				t.Errorf("after %d attempts the mail waits %s, want %s", m.Attempts, wait, want)
			}
		}
	}
}

func mailIDs(mails []account.Mail) (ids []string) {
	for _, m := range mails {
		ids = append(ids, m.ID)
	}
	return ids
}

func testMailBounds(t *testing.T, h *house) {
	bounds := account.MailBounds{Rank: 6, Recipient: 2, Source: 3}
	for i, step := range []struct {
		kind       account.MailKind
		to, source string
		want       error
	}{
		{account.MailVerify, "a@x.example", "s", nil},
		{account.MailVerify, "A@x.example", "other", nil},
		{account.MailVerify, "a@X.example", "third", account.ErrMailRecipientFull},
		{account.MailReset, "a@x.example", "s", nil}, // of another kind
		{account.MailVerify, "b@x.example", "s", nil},
		{account.MailVerify, "c@x.example", "s", account.ErrMailSourceFull},
		{account.MailVerify, "c@x.example", "", nil},
		{account.MailVerify, "d@x.example", "", nil},
		{account.MailVerify, "e@x.example", "", account.ErrMailQueueFull},
	} {
		if err := h.AddMail(ctx, h.mail(fmt.Sprint(i), step.kind, step.to, step.source, 0), bounds); !errors.Is(err, step.want) || (err == nil) != (step.want == nil) {
			t.Errorf("step %d: got %v, want %v", i, err, step.want)
		}
	}
	must(t, h.AddMail(ctx, h.mail("other rank", account.MailVerify, "a@x.example", "", 1), bounds)) // although a and the first rank are full
	must(t, h.RemoveMail(ctx, "0"))
	must(t, h.AddMail(ctx, h.mail("again", account.MailVerify, "a@x.example", "s", 0), bounds))
}

func testMailContention(t *testing.T, h *house) {
	bounds := account.MailBounds{Rank: 7, Recipient: 100, Source: 100}
	added := 0
	for _, err := range together(crowd, func(i int) error {
		return h.AddMail(ctx, h.mail(fmt.Sprint(i), account.MailReset, "a@x.example", "s", 0), bounds)
	}) {
		switch {
		case err == nil:
			added++
		case !errors.Is(err, account.ErrMailQueueFull):
			t.Error(err)
		}
	}
	if added != 7 {
		t.Errorf("%d mails were added, want 7", added)
	}
	seen := make(map[string]int)
	for _, taken := range together(crowd, func(int) []account.Mail {
		taken, err := h.TakeMails(ctx, h.now, time.Minute, 9, 2)
		if err != nil {
			t.Error(err)
		}
		return taken
	}) {
		for _, m := range taken {
			seen[m.ID]++
		}
	}
	for id, times := range seen {
		if times != 1 {
			t.Errorf("mail %s was taken %d times", id, times)
		}
	}
	if len(seen) != 7 {
		t.Errorf("%d mails were taken, want 7", len(seen))
	}
}
