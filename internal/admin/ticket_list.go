package admin

import (
	"cmp"
	"net/http"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

type ticketListPage struct {
	List    listPage          // the pages and the order of the list
	Kind    string            // "pushed", "device" or "code"
	Count   oauth.Count       // the number of requests in the list
	Tickets []oauth.TicketRow // the requests on this page
}

// ticketList shows the pushed requests, device codes or authorization codes that
// have not expired. It cannot show a code, because only hashes are stored.
func (b *office) ticketList(r *request) error {
	data := ticketListPage{Kind: cmp.Or(r.URL.Query().Get("kind"), "pushed")}
	kind, known := provider.ListedTickets()[data.Kind]
	if !known {
		return errGone
	}
	p := r.paging()
	rows, cursor, err := b.Store.Tickets(r.Context(), kind, r.familyFilter(r.URL.Query(), naming{}), p)
	if err != nil {
		return err
	}
	if r.beyondEnd(p, cursor, len(rows)) {
		return nil
	}
	if data.Count, err = b.Store.CountTickets(r.Context(), kind, r.familyFilter(r.URL.Query(), naming{})); err != nil {
		return err
	}
	addNames(r, rows, func(row *oauth.TicketRow) (string, *string) { return row.Subject, &row.Username })
	for i := range rows {
		rows[i].Body = "" // not for templates
	}
	data.List, data.Tickets = r.list(p, cursor, len(rows)), rows
	r.render(http.StatusOK, "ticket_list", ui.Text{"admin.title.requests"}, "tokens", data)
	return nil
}
