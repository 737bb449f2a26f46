package admin

import "time"

// maxNaming is how long the host program may take to name the people of namedAtOnce rows.
const (
	maxNaming   = time.Second
	namedAtOnce = 100
)

// addNames adds to rows the names of the people of the host program. of returns the
// fields of a row. If the host fails or is slow, the page shows subjects instead.
func addNames[Row any](r *request, rows []Row, of func(*Row) (subject string, name *string)) {
	if r.b.OwnLogin {
		return // the names are those of the accounts
	}
	until := time.Now().Add(maxNaming * time.Duration(max(1, len(rows)/namedAtOnce)))
	for i := range rows {
		subject, name := of(&rows[i])
		found, err := r.b.Tokens.PersonName(r.Context(), subject)
		if err != nil || time.Now().After(until) {
			return
		}
		if found != "" {
			*name = found
		}
	}
}
