package admin

import (
	"net/url"
	"strings"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// exceptionList declares the list of applications that have exceptions for legacy features,
// with the dates on which these end.
func (b *office) exceptionList(r *request) (*list, error) {
	filter := func(q url.Values) oauth.ClientFilter {
		f := r.clientFilter(q)
		f.Legacy = true
		return f
	}
	l := &list{
		section: "settings", path: "exceptions", title: ui.Text{"admin.title.exceptions"}, intro: ui.Text{"admin.exception_list.intro"}, tabs: r.tabsOf("exceptions"),
		search: ui.Text{"admin.client_list.name_client_id"}, days: true, sort: "name", export: account.ApplicationsRead,
		filters: []listFilter{{"state", ui.Text{"admin.common.status"}, []listChoice{{"", ui.Text{"admin.common.all"}}, {"enabled", ui.Text{"admin.common.enabled"}}, {"disabled", ui.Text{"admin.common.disabled"}}}, true}},
		empty:   ui.Text{"admin.exception_list.none"}, none: ui.Text{"admin.client_list.no_applications_match"},
		count: func(q url.Values) (oauth.Count, error) { return b.Store.CountClients(r.Context(), filter(q)) },
	}
	return declare(l, []columnOf[*oauth.Client]{
		{"application", ui.Text{"admin.common.application"}, "name", "", func(c *oauth.Client) listCell { return b.clientCell(c.ID, c.Name) }},
		{"client_id", ui.Text{"admin.column.client_id"}, "client_id", "p3", func(c *oauth.Client) listCell { return shortCell(c.ID) }},
		{"", ui.Text{"admin.exception_list.features"}, "", "p2", func(c *oauth.Client) listCell {
			var cell listCell
			for _, e := range clientfields.Exceptions(c, b.Clock()) {
				kind := map[bool]string{e.Soon: "warn", e.Ended: "off"}[true]
				cell.Badges = append(cell.Badges, listBadge{kind, ui.Text{"admin.exception_list.feature", "feature", e.Feature, "state", e.State}})
			}
			return cell
		}},
		{"exceptions", nil, "", "", func(c *oauth.Client) listCell {
			var texts []string
			for _, e := range c.Legacy {
				texts = append(texts, e.Feature+"="+e.Until)
			}
			return listCell{Text: strings.Join(texts, " ")}
		}},
		{"added", ui.Text{"admin.column.added"}, "created", "p3", func(c *oauth.Client) listCell { return timeCell(c.CreatedAt) }},
	}, func(c *oauth.Client) string { return c.ID }, func(q url.Values, p paging.Page) ([]*oauth.Client, paging.Cursor, error) {
		return b.Store.Clients(r.Context(), filter(q), p)
	}), nil
}
