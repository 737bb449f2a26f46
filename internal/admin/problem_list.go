package admin

import (
	"net/http"
	"strings"
)

// problemList finds a refused request by the error id that a person was shown,
// or lists the last ones.
func (b *office) problemList(r *request) error {
	q := r.URL.Query()
	data := struct {
		ID, ClientID string
		Failures     []Failure
	}{ID: strings.ToLower(strings.TrimSpace(q.Get("id"))), ClientID: q.Get("application")}
	if data.ID != "" {
		if f, ok := b.Failures.Find(data.ID); ok {
			data.Failures = []Failure{f}
		}
	} else {
		data.Failures = b.Failures.Recent(data.ClientID, 50)
	}
	r.render(http.StatusOK, "problem_list", "Problems", "problems", data)
	return nil
}
