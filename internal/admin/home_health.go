package admin

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/counts"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// A healthItem is the state of a part of the server.
type healthItem struct {
	Label  ui.Text // the part
	Detail ui.Text // its state
}

// fillHealth adds the state of the parts of the server, and what to do about it.
func (b *office) fillHealth(r *request, page *indexPage) error {
	begun := time.Now()
	keys, err := b.Keys.SigningKeys(r.Context())
	if err != nil {
		return err
	}
	took := time.Since(begun)
	day, err := b.Counts.Chart(r.Context(), oauth.PerHour, 24)
	if err != nil {
		return err
	}
	failures, err := b.lastFailures(r)
	if err != nil {
		return err
	}
	webhooks := b.webhookAttention(day, failures)
	before := len(page.Attention)
	page.Attention = slices.Concat(b.tablesAttention(), b.keyAttention(keys), webhooks, b.mailAttention(day), page.Attention)
	page.Works = len(page.Attention) == before
	page.Health = []healthItem{
		{ui.Text{"admin.home.database"}, ui.Text{"admin.home.database_took", "n", int(max(1, took.Milliseconds()))}},
		{ui.Text{"admin.common.keys"}, b.keyHealth(keys)},
	}
	if b.OwnLogin { // no emails are sent to the people of a host program
		page.Health = append(page.Health, healthItem{ui.Text{"admin.home.mail"}, b.mailHealth(day)})
	}
	if day.AddBelow(counts.Webhook); len(day.Below(counts.Webhook)) > 0 {
		page.Health = append(page.Health, healthItem{ui.Text{"admin.home.webhooks"}, ui.Text{"admin.home.delivered", "n", int(sum(day.AddBelow(counts.Webhook, oauth.OutcomeOK)))}})
	}
	return nil
}

// nextRotation returns when the next key will be rotated, or zero if keys are rotated by
// hand.
func (b *office) nextRotation(keys []oauth.SigningKey) (next time.Time) {
	for _, k := range keys {
		if k.State(b.Clock()) != oauth.KeyActive || b.KeyRotation < 0 {
			continue
		}
		if at := k.ActiveAt.Add(b.KeyRotation); next.IsZero() || at.Before(next) {
			next = at
		}
	}
	return next
}

func (b *office) keyHealth(keys []oauth.SigningKey) ui.Text {
	var algorithms []string
	for _, k := range keys {
		if k.State(b.Clock()) == oauth.KeyActive {
			algorithms = append(algorithms, k.Alg)
		}
	}
	slices.Sort(algorithms)
	signs := strings.Join(slices.Compact(algorithms), ", ")
	if next := b.nextRotation(keys); !next.IsZero() {
		return ui.Text{"admin.home.keys_rotate", "algorithms", signs, "time", ui.Date(next)}
	}
	return ui.Text{"admin.home.keys_sign", "algorithms", cmp.Or(signs, ui.NoValue)}
}

// oldKey is how long a key can sign before an administrator who rotates keys by hand should
// rotate it.
const oldKey = 365 * 24 * time.Hour

// keyAttention returns the keys that only an administrator rotates, and that are old.
func (b *office) keyAttention(keys []oauth.SigningKey) (all []attention) {
	for _, k := range keys {
		if b.KeyRotation < 0 && k.State(b.Clock()) == oauth.KeyActive && b.Clock().Sub(k.ActiveAt) > oldKey {
			all = append(all, attention{Icon: "key", Text: ui.Text{"admin.home.old_key", "algorithm", k.Alg}, Detail: ui.Date(k.ActiveAt), URL: b.path("keys"), Button: ui.Text{"admin.home.review"}, permission: account.KeysRead})
		}
	}
	return all
}

// tablesAttention reports that a newer release has changed the tables.
func (b *office) tablesAttention() []attention {
	if !b.NewerTables {
		return nil
	}
	return []attention{{Icon: "warn", Text: ui.Text{"admin.home.newer_tables"}, Detail: ui.Text{"admin.home.newer_tables_hint"}}}
}

// webhookAttention returns the webhooks that lost messages, or had more failed than
// successful deliveries, in the last 24 hours.
func (b *office) webhookAttention(day *counts.Chart, failures map[string]oauth.WebhookFailure) (all []attention) {
	failed := map[string]int64{}
	for _, outcome := range []string{oauth.OutcomeRetry, oauth.OutcomeFailed, oauth.OutcomeDropped} {
		for _, name := range day.Below(counts.Webhook, outcome) {
			failed[name] += day.Sum(strings.Join([]string{counts.Webhook, outcome, name}, "/"))
		}
	}
	for name, n := range failed {
		sum := func(outcome string) int { return int(day.Sum(counts.Webhook + "/" + outcome + "/" + name)) }
		lost := sum(oauth.OutcomeFailed) + sum(oauth.OutcomeDropped)
		if lost > 0 || int(n) > sum(oauth.OutcomeOK) {
			last := ui.Text{"admin.home.webhook_log"}
			if f, found := failures[name]; found {
				last = ui.Text{"admin.home.webhook_last", "time", ui.Date(f.At), "reason", f.Reason}
			}
			all = append(all, attention{Icon: "hook", Text: ui.Text{"admin.home.webhook_fails", "name", name}, Detail: ui.Text{"admin.home.webhook_failed", "retried", sum(oauth.OutcomeRetry), "failed", sum(oauth.OutcomeFailed), "dropped", sum(oauth.OutcomeDropped), "last", last}, URL: b.listOf("webhooks", name), Button: ui.Text{"admin.home.review"}, permission: account.SettingsRead})
		}
	}
	slices.SortFunc(all, func(a, b attention) int { return cmp.Compare(a.Text.String(), b.Text.String()) })
	return all
}

func (b *office) mailHealth(day *counts.Chart) ui.Text {
	if !b.CanMail {
		return ui.Text{"admin.home.no_mail"}
	}
	return ui.Text{"admin.home.mails_sent", "n", int(day.Sum(counts.Mail + "/" + oauth.OutcomeOK))}
}

func (b *office) mailAttention(day *counts.Chart) []attention {
	sent, waiting, failed := day.Sum(counts.Mail+"/"+oauth.OutcomeOK), day.Sum(counts.Mail+"/"+oauth.OutcomeRetry), day.Sum(counts.Mail+"/"+oauth.OutcomeFailed)
	if failed == 0 && waiting <= sent {
		return nil
	}
	return []attention{{Icon: "mail", Text: ui.Text{"admin.home.mail_fails"}, Detail: ui.Text{"admin.home.mail_failed", "failed", int(failed), "n", int(waiting)}}}
}

// A tableGrowth is the size of the tables over 30 days.
type tableGrowth struct {
	Size   ui.Text     // now
	Line   string      // the points of a line, or empty
	Tables []tableSize // the largest tables, or none if the sizes are not known
	Days   []tableDay  // the sizes of all tables on the last days
}

// A tableSize is the size of a table.
type tableSize struct {
	Table string  // without "latchkey_"
	Size  ui.Text // now
}

// A tableDay is the size of all tables on a day.
type tableDay struct {
	At   time.Time // the day
	Size ui.Text   // all tables together
}

// fillDays adds the sizes of the tables and the last backup, which are stored by day.
func (b *office) fillDays(r *request, page *indexPage) error {
	days, err := b.Counts.Chart(r.Context(), oauth.PerDay, 30)
	if err != nil {
		return err
	}
	b.addBackup(page, days)
	page.Tables = tablesOf(days)
	return nil
}

// tablesOf returns the sizes of the tables, or nil if they are not known.
func tablesOf(days *counts.Chart) *tableGrowth {
	names := days.Below(counts.Size)
	if len(names) == 0 {
		return nil
	}
	total, g := days.AddBelow(counts.Size), &tableGrowth{}
	var known []int64
	for i, n := range total {
		if n > 0 {
			known, g.Days = append(known, n), append(g.Days, tableDay{days.Times[i], size(n)})
		}
	}
	g.Size, g.Line = size(known[len(known)-1]), line(known)
	latest := func(name string) int64 { list := days.Series[counts.Size+"/"+name]; return list[len(list)-1] }
	slices.SortFunc(names, func(a, b string) int { return cmp.Compare(latest(b), latest(a)) })
	for _, name := range names[:min(5, len(names))] {
		if n := latest(name); n > 0 && name != "" {
			g.Tables = append(g.Tables, tableSize{name, size(n)})
		}
	}
	return g
}

// size returns a number of bytes in words.
func size(n int64) ui.Text {
	switch {
	case n >= 10<<30:
		return ui.Text{"admin.home.gigabytes", "n", int(n >> 30)}
	case n >= 10<<20:
		return ui.Text{"admin.home.megabytes", "n", int(n >> 20)}
	}
	return ui.Text{"admin.home.kilobytes", "n", int(n >> 10)}
}
