package web

import (
	"encoding/json"
	"net/http"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

type dataPage struct {
	// DeleteURL is the page on which the person deletes their account, or empty.
	DeleteURL string
}

// ownData is the page on which people download everything that is stored about them.
func (h *Handler) ownData(w http.ResponseWriter, r *http.Request, o *owner) error {
	if r.Method == http.MethodPost {
		return h.downloadData(w, r, o)
	}
	page := dataPage{}
	if h.deletable() {
		page.DeleteURL = h.base + "/account/delete/"
	}
	return h.showOwn(w, r, o, ownView{page: "account_data", url: h.base + "/account/data/", title: ui.Text{"account.data"}, data: page})
}

// downloadData sends the data of a person as a file. The data is read completely first, so
// that no file is incomplete because of an error.
func (h *Handler) downloadData(w http.ResponseWriter, r *http.Request, o *owner) error {
	if asked, err := h.confirmFirst(w, r, o.User, o.Session); asked || err != nil {
		return err
	}
	data, err := PersonDataOf(r.Context(), h.Accounts.Store, h.Consents, o.User, h.Clock())
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(data, "", "  ")
	if err != nil {
		return err
	}
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Content-Disposition", `attachment; filename="account.json"`)
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(append(text, '\n'))
	return nil
}
