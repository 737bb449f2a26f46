package admin

import (
	"net/http"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// familyFilter returns the filter of the lists of tokens and of consents.
func (r *request) familyFilter() oauth.FamilyFilter {
	q := r.URL.Query()
	return oauth.FamilyFilter{Search: q.Get("q"), ClientID: q.Get("application"), Subject: q.Get("user"), InSession: r.b.OwnLogin}
}

type tokenListPage struct {
	List     listPage               // the pages and the order of the list
	Access   bool                   // the page lists Tokens; otherwise, it lists Families
	Families []oauth.FamilyRow      // the permissions on this page
	Tokens   []oauth.AccessTokenRow // the access tokens on this page
}

// tokenList shows the token families, or the opaque access tokens. It cannot
// show a token, because only hashes are stored.
func (b *office) tokenList(r *request) error {
	data := tokenListPage{Access: r.URL.Query().Get("kind") == "access"}
	var (
		cursor paging.Cursor
		err    error
		p      = r.paging()
	)
	if data.Access {
		data.Tokens, cursor, err = b.Store.AccessTokens(r.Context(), r.familyFilter(), p)
	} else {
		data.Families, cursor, err = b.Store.Families(r.Context(), r.familyFilter(), p)
	}
	if err != nil {
		return err
	}
	if r.beyondEnd(p, cursor, len(data.Families)+len(data.Tokens)) {
		return nil
	}
	addNames(r, data.Families, func(row *oauth.FamilyRow) (string, *string) { return row.Subject, &row.Username })
	addNames(r, data.Tokens, func(row *oauth.AccessTokenRow) (string, *string) { return row.Subject, &row.Username })
	data.List = r.list(p, cursor, len(data.Families)+len(data.Tokens))
	r.render(http.StatusOK, "token_list", ui.Text{"admin.title.tokens"}, "tokens", data)
	return nil
}

// tokenRevoke revokes the selected families and access tokens. Either token of a
// family revokes both.
func (b *office) tokenRevoke(r *request) error {
	families, err := ids(r.PostForm["family"])
	if err != nil {
		return err
	}
	tokens, err := ids(r.PostForm["token"])
	if err != nil {
		return err
	}
	if len(families)+len(tokens) == 0 {
		return r.goBack(nothingSelected)
	}
	if err := b.Tokens.RevokeTokens(r.Context(), tokens, families); err != nil {
		return err
	}
	return r.goBack("revoked")
}

func ids(texts []string) ([]oauth.ID, error) {
	var list []oauth.ID
	for _, text := range texts {
		id, err := oauth.ParseID(text)
		if err != nil {
			return nil, errGone
		}
		list = append(list, id)
	}
	return list, nil
}
