package account

import (
	"strings"

	"go.mau.fi/util/confusable"

	"github.com/seed-e6a88a41/latchkey/validate"
)

// reservedUsernames are names that people could mistake for those of the people who
// run the server, and names of addresses that must belong to them (RFC 2142).
// Nobody can sign up with one of them, or with a name that looks like one.
// Administrators can create such accounts.
var reservedUsernames = strings.Fields(`
	abuse account accounts admin administration administrator administrators admins anonymous api app application
	auth authentication authorization billing bot compliance contact daemon demo developer everyone guest
	help helpdesk hostmaster info latchkey legal login logout mail mailer-daemon me moderator moderators news nobody noc
	noreply null oauth office official openid operator operators owner password payment payments postmaster privacy public
	register registration root sales secure security service services signin signup staff status superuser support
	sys sysadmin sysop system team test undefined unknown user users verified verify webadmin webmaster www`)

// Skeleton returns a text that is the same for usernames that look alike, for
// example "paypal" with a Cyrillic "a", or "paypaI" with a capital "i". It is
// computed in two rounds. Each takes the skeleton of Unicode Technical Standard
// 39 and converts it to lower case. Because "I" looks like "l", "i" and "l" are
// the same.
func Skeleton(username string) string {
	skeleton := strings.TrimSpace(username)
	for range 2 {
		skeleton = strings.ToLower(confusable.Skeleton(skeleton))
	}
	return strings.ReplaceAll(skeleton, "i", "l")
}

// checkReserved returns what is wrong with a username that looks like a reserved
// one. Punctuation is ignored.
func checkReserved(username string) validate.FieldErrors {
	bare := func(name string) string { return strings.Trim(Skeleton(name), "._-+@") }
	for _, reserved := range reservedUsernames {
		if bare(username) == bare(reserved) {
			return validate.Field("username", "This username is reserved. Choose another one.").WithCode("username_reserved")
		}
	}
	return nil
}
