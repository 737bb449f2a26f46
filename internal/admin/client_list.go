package admin

import (
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// clientList declares the list of applications.
func (b *office) clientList(r *request) (*list, error) {
	var grants []listChoice
	for _, g := range b.grantChoices() {
		grants = append(grants, listChoice{g.Value, ui.Plain(g.Name())})
	}
	l := &list{
		menuCounts: true, field: "client", actions: b.clientActions(r),
		section: "applications", path: "applications", title: ui.Text{"admin.common.applications"}, search: ui.Text{"admin.client_list.name_client_id"}, days: true, sort: "name",
		buttons: []listLink{
			{account.ApplicationsTrust, ui.Link{Text: ui.Text{"admin.common.add_application"}, URL: b.path("applications", "add"), Active: true}},
			{account.ApplicationsRead, ui.Link{Text: ui.Text{"admin.title.deleted"}, URL: b.path("applications", "deleted")}},
		},
		export: account.ApplicationsRead,
		filters: []listFilter{
			{"state", ui.Text{"admin.common.status"}, []listChoice{{"", ui.Text{"admin.common.all"}}, {"enabled", ui.Text{"admin.common.enabled"}}, {"disabled", ui.Text{"admin.common.disabled"}}, {"waiting", ui.Text{"admin.client_list.waiting"}}, {"changed", ui.Text{"admin.client_list.changed"}}}, true},
			{"type", ui.Text{"admin.common.type"}, []listChoice{{"confidential", ui.Text{"admin.client_list.confidential"}}, {"public", ui.Text{"admin.client_list.public"}}}, false},
			{"grant", ui.Text{"admin.client_list.grant_type"}, grants, false},
			{"added", ui.Text{"admin.client_list.added_by"}, []listChoice{
				{"administrator", ui.Text{"admin.client_list.administrator"}},
				{"registration", ui.Text{"admin.client_list.registration"}},
				{"person", ui.Text{"admin.client_list.person"}},
				{"document", ui.Text{"admin.client_list.document"}},
			}, false},
			{"owner", ui.Text{"admin.client_list.owner"}, []listChoice{{"me", ui.Text{"admin.client_list.me"}}}, false},
		},
		empty: ui.Text{"admin.client_list.there_no_applications"}, none: ui.Text{"admin.client_list.no_applications_match"},
		count: func(q url.Values) (oauth.Count, error) { return b.Store.CountClients(r.Context(), r.clientFilter(q)) },
	}
	owners := make(map[string]string)
	var used map[string]time.Time // of the page
	return declare(l, []columnOf[*oauth.Client]{
		{"name", ui.Text{"admin.column.name"}, "name", "", func(c *oauth.Client) listCell {
			cell := b.clientCell(c.ID, c.Name)
			if len(c.Legacy) > 0 {
				cell.Badges = append(cell.Badges, listBadge{"warn", ui.Text{"admin.client_list.legacy_features"}})
			}
			return cell
		}},
		{"state", ui.Text{"admin.common.status"}, "", "nowrap-text", func(c *oauth.Client) listCell { return listCell{Badges: clientStates(c)} }},
		{"client_id", ui.Text{"admin.column.client_id"}, "client_id", "p2", func(c *oauth.Client) listCell { return shortCell(c.ID) }},
		{"type", ui.Text{"admin.column.type"}, "type", "p2", func(c *oauth.Client) listCell {
			if c.Type == oauth.Public {
				return listCell{Words: ui.Text{"admin.client_list.type_public"}}
			}
			return listCell{Words: ui.Text{"admin.client_list.type_confidential"}}
		}},
		{"grant_types", nil, "", "", func(c *oauth.Client) listCell {
			return codeCell(strings.Join(clientfields.GrantNames(c.GrantTypes), ", "))
		}},
		{"owner", ui.Text{"admin.client_list.owner"}, "", "p3", func(c *oauth.Client) listCell {
			if owners[c.OwnerID] == "" {
				return listCell{}
			}
			return b.personCell(c.OwnerID, owners[c.OwnerID])
		}},
		{"last_used", ui.Text{"admin.common.last_used"}, "", "p2", func(c *oauth.Client) listCell { return timeCell(used[c.ID]) }},
		{"disabled", nil, "", "", func(c *oauth.Client) listCell { return yesCell(c.Disabled) }},
		{"added", ui.Text{"admin.column.added"}, "created", "p2", func(c *oauth.Client) listCell { return timeCell(c.CreatedAt) }},
	}, func(c *oauth.Client) string { return c.ID }, func(q url.Values, p paging.Page) ([]*oauth.Client, paging.Cursor, error) {
		clients, cursor, err := b.Store.Clients(r.Context(), r.clientFilter(q), p)
		clear(owners) // an export reads many pages
		if err == nil {
			err = r.usernames(owners, each(clients, func(c *oauth.Client) string { return c.OwnerID }))
		}
		if err == nil {
			used, err = b.Store.ClientUses(r.Context(), each(clients, func(c *oauth.Client) string { return c.ID }))
		}
		return clients, cursor, err
	}), nil
}

// yesCell is a value of exports that is true or false.
func yesCell(value bool) listCell { return listCell{Text: strconv.FormatBool(value)} }

func (r *request) clientFilter(q url.Values) oauth.ClientFilter {
	filter := oauth.ClientFilter{Search: q.Get("q"), Type: oauth.ClientType(q.Get("type")), GrantType: q.Get("grant"), AddedBy: oauth.AddedBy(q.Get("added"))}
	filter.From, filter.Until, _ = days(q)
	if q.Get("owner") == "me" {
		filter.OwnerID = r.me.ID
	}
	switch state := q.Get("state"); state {
	case "":
	case string(oauth.ReviewWaiting), string(oauth.ReviewChanged):
		filter.Review = oauth.ReviewState(state)
	default:
		disabled := state == "disabled"
		filter.Disabled = &disabled
	}
	return filter
}

// username returns the username of an account, or "" if it does not exist.
func (b *office) username(r *request, id string) (string, error) {
	if id == "" {
		return "", nil
	}
	user, err := b.Store.User(r.Context(), id)
	if errors.Is(err, account.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return user.Username, nil
}
