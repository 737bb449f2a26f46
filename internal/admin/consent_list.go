package admin

import (
	"net/http"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

type consentListPage struct {
	List     listPage           // the pages and the order of the list
	Consents []oauth.ConsentRow // the consents on this page
}

// consentList shows what people have allowed.
func (b *office) consentList(r *request) error {
	p := r.paging()
	consents, cursor, err := b.Store.Consents(r.Context(), r.familyFilter(r.URL.Query(), naming{}), p)
	if err != nil {
		return err
	}
	if r.beyondEnd(p, cursor, len(consents)) {
		return nil
	}
	addNames(r, consents, func(row *oauth.ConsentRow) (string, *string) { return row.Subject, &row.Username })
	r.render(http.StatusOK, "consent_list", ui.Text{"admin.title.consents"}, "consents", consentListPage{r.list(p, cursor, len(consents)), consents})
	return nil
}

// consentWithdraw deletes the selected consents, and revokes the tokens that
// were issued for them.
func (b *office) consentWithdraw(r *request) error {
	selected := r.PostForm["consent"]
	if len(selected) == 0 {
		return r.goBack(nothingSelected)
	}
	for _, value := range selected {
		if subject, _, _ := strings.Cut(value, " "); len(subject) <= oauth.MaxClientID && oauth.IsText(subject) {
			if err := r.protectOwners(subject); err != nil {
				return err
			}
		}
	}
	for _, value := range selected {
		subject, clientID, _ := strings.Cut(value, " ")
		if max(len(subject), len(clientID)) > oauth.MaxClientID || !oauth.IsText(value) {
			continue // nobody has such a subject
		}
		if err := b.Store.WithdrawConsent(r.Context(), subject, clientID, b.Clock()); err != nil {
			return err
		}
		r.reported = true
		r.report("", oauth.EventDetails{Person: subject, Changes: []oauth.Change{{Field: "consent", Before: clientID}}})
	}
	return r.goBack("withdrawn")
}
