package admin

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

type keyListPage struct {
	Table      listView // the keys, newest first
	Rotation   ui.Text  // the algorithms of the keys that sign now, and when the next key is rotated
	Algorithms []string // the algorithms that a new key can have
}

// A keyBar is a part of a timeline, in percent of its width.
type keyBar struct {
	Class       string  // the class of the element
	From, Width float64 // percentages of the width of the drawing
}

// keyWindow is the time before and after now that a timeline shows.
const keyWindow = 120 * 24 * time.Hour

// showKeys shows the signing keys, with a form for a new one.
func (b *office) showKeys(r *request) error {
	l, err := b.keyList(r)
	if err != nil {
		return err
	}
	view, err := r.listView(l)
	if err != nil || view == nil {
		return err
	}
	keys, err := b.Keys.SigningKeys(r.Context())
	if err != nil {
		return err
	}
	r.render(http.StatusOK, "key_list", l.title, l.section, keyListPage{*view, b.keyHealth(keys), oauth.SigningAlgorithms()})
	return nil
}

// keyList declares the list of signing keys. An expired key is deleted after a while, so there
// are only a few.
func (b *office) keyList(r *request) (*list, error) {
	l := &list{
		section: "keys", path: "keys", title: ui.Text{"admin.title.keys"}, intro: ui.Text{"admin.key_list.these_keys_sign"}, sort: "signs_from", descending: true, export: account.KeysRead,
		filters: []listFilter{{"state", ui.Text{"admin.common.status"}, []listChoice{
			{"", ui.Text{"admin.common.all"}},
			{string(oauth.KeyPublished), keyState(oauth.KeyPublished)},
			{string(oauth.KeyActive), keyState(oauth.KeyActive)},
			{string(oauth.KeyRetired), keyState(oauth.KeyRetired)},
			{string(oauth.KeyExpired), keyState(oauth.KeyExpired)},
		}, true}},
		empty: ui.Text{"admin.key_list.none"}, none: ui.Text{"admin.key_list.none"},
	}
	keys, err := b.Keys.SigningKeys(r.Context())
	if err != nil {
		return nil, err
	}
	found, err := b.survey(r)
	if err != nil {
		return nil, err
	}
	now := b.Clock()
	for i := range keys {
		keys[i].Private = nil // not for templates
	}
	selected := func(q url.Values) []oauth.SigningKey {
		return slices.DeleteFunc(slices.Clone(keys), func(k oauth.SigningKey) bool { return q.Get("state") != "" && q.Get("state") != string(k.State(now)) })
	}
	l.count = func(q url.Values) (oauth.Count, error) { return counted(selected(q)), nil }
	orders := map[string]order[oauth.SigningKey]{
		"algorithm":  byText(func(k oauth.SigningKey) string { return k.Alg }),
		"signs_from": func(a, b oauth.SigningKey) int { return a.ActiveAt.Compare(b.ActiveAt) },
	}
	key := func(k oauth.SigningKey) string { return k.ID }
	return declare(l, b.keyColumns(r, now, found), key, func(q url.Values, p paging.Page) ([]oauth.SigningKey, paging.Cursor, error) {
		rows, cursor := part(selected(q), p, orders, key)
		return rows, cursor, nil
	}), nil
}

func (b *office) keyColumns(r *request, now time.Time, found *survey) []columnOf[oauth.SigningKey] {
	signs := func(k oauth.SigningKey) bool {
		return k.State(now) == oauth.KeyActive || k.State(now) == oauth.KeyPublished
	}
	end := func(at time.Time) listCell {
		if at.IsZero() {
			return listCell{Words: ui.Text{"admin.key_list.no_end_date"}}
		}
		return timeCell(at)
	}
	columns := []columnOf[oauth.SigningKey]{
		{"algorithm", ui.Text{"admin.key_list.key"}, "algorithm", "", func(k oauth.SigningKey) listCell {
			kind := map[oauth.KeyState]string{oauth.KeyActive: "ok", oauth.KeyPublished: "warn"}[k.State(now)]
			return listCell{Text: k.Alg, Code: true, Badges: []listBadge{{kind, keyState(k.State(now))}}, Note: ui.Plain(k.ID[:min(8, len(k.ID))] + "…")}
		}},
		{"kid", nil, "", "", func(k oauth.SigningKey) listCell { return codeCell(k.ID) }},
		{"state", nil, "", "", func(k oauth.SigningKey) listCell { return listCell{Text: string(k.State(now))} }},
		{"signs_from", ui.Text{"admin.key_list.signs_from"}, "signs_from", "p2", func(k oauth.SigningKey) listCell { return timeCell(k.ActiveAt) }},
		{"signs_until", ui.Text{"admin.key_list.signs_until"}, "", "p2", func(k oauth.SigningKey) listCell { return end(k.RetiredAt) }},
		{"published_until", ui.Text{"admin.key_list.published_until"}, "", "p3", func(k oauth.SigningKey) listCell { return end(k.ExpiresAt) }},
		{"", ui.Text{"admin.key_list.now_4_months"}, "", "p2", func(k oauth.SigningKey) listCell { return listCell{Bars: keyBars(k, now)} }},
		{"used_by", ui.Text{"admin.key_list.used_by"}, "", "p2", func(k oauth.SigningKey) listCell {
			if !signs(k) {
				return listCell{}
			}
			return found.algorithms.cell(k.Alg)
		}},
	}
	columns = append(columns, historyColumn(r, func(k oauth.SigningKey) string { return k.ID })...)
	if r.me.Roles.Allow(account.KeysWrite) {
		columns = append(columns, columnOf[oauth.SigningKey]{"", ui.Text{"admin.common.action"}, "", "", func(k oauth.SigningKey) listCell {
			if !signs(k) {
				return listCell{}
			}
			return listCell{Words: ui.Text{"admin.key_list.retire"}, URL: b.path("keys", k.ID, "retire")}
		}})
	}
	return columns
}

// keyBars returns the bars for the times when the key is published, and when it
// signs.
func keyBars(k oauth.SigningKey, now time.Time) []keyBar {
	begin, end := now.Add(-keyWindow), now.Add(keyWindow)
	place := func(t time.Time) float64 {
		if t.IsZero() || t.After(end) {
			t = end
		}
		return max(0, t.Sub(begin).Hours()/end.Sub(begin).Hours()*100)
	}
	bar := func(class string, from, to time.Time) keyBar {
		return keyBar{class, place(from), max(0, place(to)-place(from))}
	}
	retired := k.RetiredAt
	if retired.IsZero() {
		retired = k.ExpiresAt
	}
	return []keyBar{bar("published", k.CreatedAt, k.ExpiresAt), bar("signs", k.ActiveAt, retired)}
}
