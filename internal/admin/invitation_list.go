package admin

import (
	"net/url"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// invitationList declares the list of invitations.
func (b *office) invitationList(r *request) (*list, error) {
	states := []listChoice{{"", ui.Text{"admin.common.all"}}}
	for _, state := range account.InvitationStates() {
		states = append(states, listChoice{string(state), invitationText(state)})
	}
	l := &list{
		section: "invitations", path: "invitations", title: ui.Text{"admin.title.invitations"}, intro: ui.Text{"admin.invitation.explanation"},
		search: ui.Text{"admin.invitation.search"}, days: true, sort: "time", descending: true, export: account.PeopleExport,
		filters: []listFilter{{"state", ui.Text{"admin.common.status"}, states, true}},
		field:   "invitation",
		actions: []listAction{{
			name: "withdraw", text: ui.Text{"admin.list.withdraw"}, button: ui.Text{"admin.button.withdraw"}, explain: ui.Text{"admin.invitation.ask_text"}, did: "invitations", needs: account.PeopleInvite,
			heading: func(n int) ui.Text { return ui.Text{"admin.invitation.ask", "n", n} },
			all:     func(n any) ui.Text { return ui.Text{"admin.invitation.ask_all", "n", n} },
			act:     func(keys []string) error { return b.withdrawInvitations(r, keys) },
		}},
		empty: ui.Text{"admin.invitation.none_yet"}, none: ui.Text{"admin.invitation.none"},
		count: func(q url.Values) (oauth.Count, error) {
			return b.Store.CountInvitations(r.Context(), invitationFilter(q))
		},
	}
	state := func(i account.InvitationRow) account.InvitationState { return i.State(b.Clock()) }
	columns := []columnOf[account.InvitationRow]{
		{"email", ui.Text{"admin.invitation.for"}, "", "", func(i account.InvitationRow) listCell {
			cell := listCell{Text: i.Email, Note: ui.Plain(i.Note)}
			if i.Email == "" {
				cell.Words = ui.Text{"admin.invitation.link"}
			}
			for _, role := range i.Roles() {
				cell.Badges = append(cell.Badges, listBadge{"", roleNames[role]})
			}
			return cell
		}},
		{"note", nil, "", "", func(i account.InvitationRow) listCell { return listCell{Text: i.Note} }},
		{"state", ui.Text{"admin.common.status"}, "", "p2", func(i account.InvitationRow) listCell {
			cell := listCell{Words: invitationText(state(i))}
			if i.Lapsed && withdrawable(i, b.Clock()) {
				cell.Note = ui.Text{"admin.invitation.lapsed"}
			}
			if i.Username != "" {
				cell.Links = []ui.Link{{Text: ui.Plain(i.Username), URL: b.path("users", i.ID)}}
			}
			return cell
		}},
		{"added", ui.Text{"admin.common.added"}, "time", "p2", func(i account.InvitationRow) listCell { return timeCell(i.CreatedAt) }},
		{"by", ui.Text{"admin.invitation.by"}, "", "p2", func(i account.InvitationRow) listCell {
			if i.Application != "" {
				return b.clientCell(i.Application, i.Creator)
			}
			return b.personCell(i.CreatedBy, i.Creator)
		}},
		{"expires", ui.Text{"admin.common.expires"}, "", "p2", func(i account.InvitationRow) listCell { return expiryCell(i.ExpiresAt) }},
	}
	columns = append(columns, historyColumn(r, func(i account.InvitationRow) string { return i.ID })...)
	if r.me.Roles.Allow(account.PeopleInvite) {
		columns = append(columns, columnOf[account.InvitationRow]{"", ui.Text{"admin.common.action"}, "", "", func(i account.InvitationRow) listCell {
			return listCell{Buttons: b.invitationButtons(i)}
		}})
	}
	return declare(l, columns, func(i account.InvitationRow) string { return i.ID }, func(q url.Values, p paging.Page) ([]account.InvitationRow, paging.Cursor, error) {
		return b.Store.Invitations(r.Context(), invitationFilter(q), p)
	}), nil
}

func invitationFilter(q url.Values) account.InvitationFilter {
	f := account.InvitationFilter{State: account.InvitationState(q.Get("state")), Search: q.Get("q")}
	f.From, f.Until, _ = days(q)
	return f
}

// expiryCell is a cell with the end of something that may have none.
func expiryCell(at time.Time) listCell {
	if at.IsZero() {
		return listCell{Words: ui.Text{"admin.invitation.no_expiry"}}
	}
	return timeCell(at)
}

// withdrawable reports whether an invitation can be withdrawn. An invitation that lapsed can be
// withdrawn too, because its creator could get the permission back.
func withdrawable(i account.InvitationRow, now time.Time) bool {
	return i.Invitation.State(now) == account.InvitationOpen
}

// invitationButtons returns the actions on an invitation.
func (b *office) invitationButtons(i account.InvitationRow) (all []listForm) {
	if !withdrawable(i, b.Clock()) {
		return nil
	}
	if i.Email == "" {
		return []listForm{{"withdraw", i.ID, ui.Text{"admin.button.withdraw"}, ui.Text{"admin.invitation.withdraw_link"}, true}}
	}
	if b.CanMail && !i.Lapsed {
		all = append(all, listForm{"send", i.ID, ui.Text{"admin.invitation.send_again"}, ui.Text{"admin.invitation.send_again_to", "email", i.Email}, false})
	}
	return append(all, listForm{"withdraw", i.ID, ui.Text{"admin.button.withdraw"}, ui.Text{"admin.invitation.withdraw_of", "email", i.Email}, true})
}
