package validate

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/language"
)

// MaxClaim is the length of the longest text in a standard claim, in bytes.
const MaxClaim = 500

// claimChecks are the standard claims about a person (OpenID Connect Core §5.1)
// with the checks of their values. A check returns a sentence that says what is
// wrong with a value of encoding/json, or "".
var claimChecks = map[string]func(value any) string{
	"name": checkText, "given_name": checkText, "family_name": checkText, "middle_name": checkText, "nickname": checkText,
	"preferred_username": checkText, "gender": checkText,
	"profile": checkURL, "picture": checkURL, "website": checkURL,
	"email": checkEmail, "email_verified": checkBoolean,
	"birthdate": checkBirthdate, "zoneinfo": checkZone, "locale": checkLocale,
	"phone_number": checkPhone, "phone_number_verified": checkBoolean,
	"address": checkAddress, "updated_at": checkTime,
}

// Claims checks the values of the standard claims (OpenID Connect Core §5.1) that
// are among the given claims, including those with a language such as "nickname#fr"
// (§5.2). Values of any type are checked in the form in which encoding/json writes
// them. The messages do not contain the values, so that they can be logged.
func Claims(claims map[string]any) (faults FieldErrors) {
	for _, name := range slices.Sorted(maps.Keys(claims)) {
		if message := checkClaim(name, claims[name]); message != "" {
			faults = append(faults, FieldError{Field: name, Message: message, Code: claimCode(name, claims[name])})
		}
	}
	return faults
}

// claimCode returns the Code of a value that a check rejected. It says less than the message:
// which value is valid, but not what is wrong with this one.
func claimCode(name string, value any) string {
	base, tag, tagged := strings.Cut(name, "#")
	code := claimCodes[base]
	text, isText := value.(string)
	switch {
	case tagged && checkLocale(tag) != "":
		return "claim_locale"
	case code == "claim_boolean" || code == "claim_time" || code == "claim_address":
	case isText && text == "":
		return "claim_empty"
	case isText && len(text) > MaxClaim:
		return "claim_long"
	}
	return code
}

// claimCodes are the codes of values that are not valid.
var claimCodes = map[string]string{
	"name": "claim_words", "given_name": "claim_words", "family_name": "claim_words", "middle_name": "claim_words", "nickname": "claim_words",
	"preferred_username": "claim_words", "gender": "claim_words",
	"profile": "claim_website", "picture": "claim_picture", "website": "claim_website",
	"email": "claim_email", "email_verified": "claim_boolean",
	"birthdate": "claim_birthdate", "zoneinfo": "claim_zoneinfo", "locale": "claim_locale",
	"phone_number": "claim_phone_number", "phone_number_verified": "claim_boolean",
	"address": "claim_address", "updated_at": "claim_time",
}

func checkClaim(name string, value any) string {
	base, tag, tagged := strings.Cut(name, "#")
	check := claimChecks[base]
	if check == nil {
		return ""
	}
	if tagged {
		if message := checkLocale(tag); message != "" {
			return message
		}
	}
	switch value.(type) {
	case string, bool, float64, map[string]any:
		return check(value)
	}
	var plain any
	text, err := json.Marshal(value)
	if err == nil {
		err = json.Unmarshal(text, &plain)
	}
	if err != nil {
		return "This value cannot be written as JSON."
	}
	return check(plain)
}

// textCheck returns a check of a text that is not empty. The second result of
// valid is the form that the text must have.
func textCheck(value any, valid func(text string) (ok bool, form string)) string {
	text, isText := value.(string)
	ok, form := valid(text)
	switch {
	case !isText:
		return fmt.Sprintf("This value is %s. It must be %s.", jsonType(value), form)
	case text == "":
		return fmt.Sprintf("This value is empty. Omit it, or use %s.", form)
	case len(text) > MaxClaim:
		return fmt.Sprintf("This text is too long. It can have at most %d bytes.", MaxClaim)
	case !ok:
		return fmt.Sprintf("This value is not valid. Use %s.", form)
	}
	return ""
}

func checkText(value any) string {
	return textCheck(value, func(string) (bool, string) { return true, "a text" })
}

func checkURL(value any) string {
	return textCheck(value, func(text string) (bool, string) {
		address, err := url.Parse(text)
		ok := err == nil && (address.Scheme == "https" || address.Scheme == "http") && address.Hostname() != ""
		return ok, "a web address, such as https://www.example.com/ada"
	})
}

func checkEmail(value any) string {
	return textCheck(value, func(text string) (bool, string) {
		return IsEmail(text), "an email address, such as ada@example.com"
	})
}

// IsEmail reports whether text is one email address without a name (addr-spec of
// RFC 5322) that is not longer than RFC 5321 §4.5.3.1.3 allows, and has no
// characters that Name rejects.
func IsEmail(text string) bool {
	address, err := mail.ParseAddress(text)
	return err == nil && address.Address == text && len(text) <= 254 && Name("email", text) == nil
}

func checkBirthdate(value any) string {
	return textCheck(value, func(text string) (bool, string) {
		form := "the form YYYY-MM-DD, such as 1815-12-10. Write 0000-12-10 to omit the year, or 1815 for the year alone"
		if _, err := time.Parse("2006", text); err == nil {
			return text != "0000", form
		}
		_, err := time.Parse(time.DateOnly, text)
		return err == nil, form
	})
}

// zones are the names of the IANA Time Zone Database.
//
//go:embed zones.txt
var zones string

// TimeZones returns the names of the time zones in the IANA Time Zone Database.
func TimeZones() []string { return strings.Fields(zones) }

func checkZone(value any) string {
	return textCheck(value, func(text string) (bool, string) {
		exists := false
		for name := range strings.SplitSeq(zones, "\n") {
			exists = exists || name == text
		}
		return exists, "the name of a time zone in the IANA database, such as Europe/London"
	})
}

func checkLocale(value any) string {
	return textCheck(value, func(text string) (bool, string) {
		_, err := language.Parse(text)
		return err == nil && !strings.Contains(text, "_"), "a language tag (BCP 47), such as en or en-GB"
	})
}

// phone matches an international telephone number (E.164) with an optional
// extension (RFC 3966 §5.3).
var phone = regexp.MustCompile(`^\+[0-9 ().-]+(;ext=[0-9]{1,15})?$`)

func checkPhone(value any) string {
	return textCheck(value, func(text string) (bool, string) {
		number, _, _ := strings.Cut(text, ";")
		digits := 0
		for _, r := range number {
			if '0' <= r && r <= '9' {
				digits++
			}
		}
		ok := phone.MatchString(text) && 2 <= digits && digits <= 15
		return ok, "an international number (E.164) that begins with + and the country code, such as +44 20 7946 0000 or +442079460000;ext=12"
	})
}

func checkBoolean(value any) string {
	if _, ok := value.(bool); !ok {
		return fmt.Sprintf("This value is %s. It must be true or false, without quotation marks.", jsonType(value))
	}
	return ""
}

func checkTime(value any) string {
	if seconds, ok := value.(float64); !ok || seconds < 0 {
		return fmt.Sprintf("This value is %s. It must be a number: the seconds since 1970-01-01T00:00:00Z.", jsonType(value))
	}
	return ""
}

// checkAddress checks an address (OpenID Connect Core §5.1.1). It can have further
// members.
func checkAddress(value any) string {
	members, ok := value.(map[string]any)
	if !ok || len(members) == 0 {
		return fmt.Sprintf("This value is %s. It must be an object with members such as formatted, street_address, locality, region, postal_code and country.", jsonType(value))
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if message := checkText(members[name]); message != "" {
			return name + ": " + message
		}
	}
	return ""
}

// jsonType describes a value of encoding/json.
func jsonType(value any) string {
	switch value := value.(type) {
	case nil:
		return "null"
	case string:
		return "a text"
	case bool:
		return "true or false"
	case float64:
		if value < 0 {
			return "a negative number"
		}
		return "a number"
	case []any:
		return "a list"
	case map[string]any:
		if len(value) == 0 {
			return "an empty object"
		}
	}
	return "an object"
}
