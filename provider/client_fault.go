package provider

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/validate"
)

//go:generate go test -run Catalogue -update .

// clientFault returns a fault of an application. Its code consists of the words of the
// message, so that the message is declared once: a test compares it with the catalogue. The
// placeholders are {a}, {b} and so on.
func clientFault(field, format string, args ...any) validate.FieldErrors {
	return withWords(validate.Field(field, format, args...), format, args)
}

// uriFault returns a fault of an address. The error is that of one of the functions of package
// oauth that check an address, whose messages are in the catalogue, too.
func uriFault(field string, err error) validate.FieldErrors {
	faults := validate.Field(field, "%s", message(err))
	if rejected, ok := errors.AsType[*oauth.Error](err); ok {
		format, args := rejected.Words()
		return withWords(faults, format, args)
	}
	return faults
}

// withWords sets the code and the values of a fault with this message.
func withWords(faults validate.FieldErrors, format string, args []any) validate.FieldErrors {
	code, verbs := faultCode(format)
	if code == "" {
		return faults // the message is that of another check, in English
	}
	var values []any
	for i, verb := range verbs {
		values = append(values, string(rune('a'+i)), fmt.Sprintf(verb, args[i]))
	}
	return faults.WithCode("client."+code, values...)
}

var (
	formatVerb  = regexp.MustCompile(`%[a-z]`)
	wordOfFault = regexp.MustCompile(`[a-z0-9_]+`)
)

// faultCode returns the code of a message, which can be empty, and its verbs.
func faultCode(format string) (code string, verbs []string) {
	const longest = 10 // words
	words := wordOfFault.FindAllString(strings.ToLower(formatVerb.ReplaceAllString(format, " ")), -1)
	return strings.Join(words[:min(len(words), longest)], "_"), formatVerb.FindAllString(format, -1)
}

func message(err error) string {
	if e, ok := err.(*oauth.Error); ok { //nolint:errorlint // the checks return nothing else
		return e.Description
	}
	return err.Error()
}
