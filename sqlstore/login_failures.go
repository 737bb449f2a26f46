package sqlstore

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// maxLoginFailures is the length, in bytes, at which a text of failures is no longer extended. AddFlows adds
// only failures that oauth.AddLoginFailures keeps, so a text is shorter unless there are many login providers.
const maxLoginFailures = 64 << 10

// loginFailuresText returns failures of a login as they are stored: a line for each, with the reason,
// the time and the login provider. So a statement can add lines without reading those that exist.
func loginFailuresText(all []oauth.LoginFailure) string {
	var text strings.Builder
	for _, f := range all {
		fmt.Fprintf(&text, "%s %d %s\n", f.Reason, ms(f.At), f.Provider)
	}
	return text.String()
}

// newLoginFailures returns those of the failures that are not stored, and that oauth.AddLoginFailures keeps.
func newLoginFailures(stored, failures []oauth.LoginFailure) (added []oauth.LoginFailure) {
	failures = slices.Clone(failures)
	for i := range failures {
		failures[i].At = time.UnixMilli(ms(failures[i].At)).UTC() // as it is stored
	}
	for _, f := range oauth.AddLoginFailures(stored, failures...) {
		if !slices.Contains(stored, f) {
			added = append(added, f)
		}
	}
	return added
}

// loginFailures scans the text of failures of a login.
type loginFailures struct{ to *[]oauth.LoginFailure }

func (l loginFailures) Scan(value any) error {
	text, ok := value.(string)
	if !ok {
		return fmt.Errorf("the failures of a login are %T", value)
	}
	var all []oauth.LoginFailure
	for line := range strings.Lines(text) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), " ")
		if len(fields) != 3 {
			return fmt.Errorf("a failure of a login has %d fields", len(fields))
		}
		at, err := strconv.ParseInt(fields[1], 10, 64)
		if err != nil {
			return fmt.Errorf("the time of a failure of a login: %w", err)
		}
		all = append(all, oauth.LoginFailure{Reason: fields[0], Provider: fields[2], At: time.UnixMilli(at).UTC()})
	}
	*l.to = oauth.AddLoginFailures(nil, all...)
	return nil
}
