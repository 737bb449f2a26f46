package clientfields

import (
	"encoding/json"
	"errors"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/seed-e6a88a41/latchkey/internal/settings"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Get returns the values of the field as text; nil if it is empty. Set reads
// them.
func (f Field) Get(c *oauth.Client) []string {
	var text string
	switch value := f.pointer(c).(type) {
	case *bool:
		if *value {
			text = "yes"
		}
	case *[]string:
		return *value
	case *[]oauth.LegacyException:
		return exceptionTexts(*value)
	case *oauth.Scopes:
		return *value
	case *oauth.Lifetime:
		text = ui.Duration(value.Duration())
	case **int64:
		if *value != nil {
			text = secondsText(**value).String()
		}
	case *int64:
		text = strconv.FormatInt(*value, 10)
	case *json.RawMessage:
		text = string(*value)
	case *oauth.Translations:
		text = formatTranslations(*value)
	case *time.Time:
		if !value.IsZero() {
			text = value.UTC().Format(time.RFC3339)
		}
	default: // a string
		text = reflect.ValueOf(value).Elem().String()
	}
	if text == "" {
		return nil
	}
	return []string{text}
}

// Shown returns the values of the field as people see them: choices by their short
// names, if the values are URNs.
func (f Field) Shown(c *oauth.Client) []string {
	values := slices.Clone(f.Get(c))
	for i := range values {
		values[i] = f.shown(values[i])
	}
	return values
}

// ShownText returns one of the values that Shown returns, in the language of the reader.
func (f Field) ShownText(c *oauth.Client, value string) ui.Text {
	switch of := f.pointer(c).(type) {
	case *bool:
		return ui.Text{"admin.value.yes"}
	case *oauth.Lifetime:
		return ui.DurationText(of.Duration())
	case **int64:
		if *of != nil {
			return secondsText(**of)
		}
	}
	return ui.Plain(value)
}

func (f Field) shown(value string) string {
	for _, c := range f.Choices {
		if c.Value == value {
			return c.Name()
		}
	}
	return value
}

// Set changes the field of the client. No value, or an empty one, is its
// default. The error says what to enter instead.
func (f Field) Set(c *oauth.Client, values []string) error {
	text := ""
	if len(values) > 0 {
		text = strings.TrimSpace(values[len(values)-1])
	}
	if f.Kind == Kept {
		return fault{ui.Text{"admin.fault.kept"}}
	}
	var err error
	switch to := f.pointer(c).(type) {
	case *bool:
		*to, err = parseSwitch(text)
	case *[]string:
		*to = f.split(values)
	case *[]oauth.LegacyException:
		*to, err = parseExceptions(f.split(values))
	case *oauth.Scopes:
		err = to.UnmarshalText([]byte(strings.Join(values, " ")))
	case *oauth.Lifetime:
		*to, err = parseLifetime(text)
	case **int64:
		*to, err = parseSeconds(text)
	case *json.RawMessage:
		*to, err = parseJSON(text)
	case *oauth.Translations:
		*to, err = parseTranslations(text)
	default: // a string
		if f.Kind == URL {
			text = asciiHost(text)
		}
		reflect.ValueOf(to).Elem().SetString(text)
	}
	return err
}

// Copy sets the field of a client to the value that it has in another one.
func (f Field) Copy(to, from *oauth.Client) {
	reflect.ValueOf(f.pointer(to)).Elem().Set(reflect.ValueOf(f.pointer(from)).Elem())
}

// Equal reports whether the field has the same value in two clients.
func (f Field) Equal(a, b *oauth.Client) bool { return slices.Equal(f.Get(a), f.Get(b)) }

// SameEffect reports whether both applications have the same value, or one of them has the default and the other
// one its value.
func (f Field) SameEffect(a, b *oauth.Client) bool {
	return slices.Equal(f.effective(a), f.effective(b))
}

// split returns the elements of a list. Each value has one or more, separated by
// spaces or lines, and by commas unless an element can contain one. A choice may
// contain spaces, or be given by its short name.
func (f Field) split(values []string) (elements []string) {
	for _, value := range values {
		if f.isChoice(value) {
			elements = append(elements, value)
			continue
		}
		separates := func(r rune) bool { return unicode.IsSpace(r) || r == ',' && !f.Commas }
		for element := range strings.FieldsFuncSeq(value, separates) {
			elements = append(elements, asciiHost(f.long(element)))
		}
	}
	return elements
}

// CheckCommas returns an error if a value of the command line seems to be several
// elements with commas between them, in a list whose elements can contain commas. A URI
// often contains one, a client ID hardly ever.
func (f Field) CheckCommas(value string) error {
	several := regexp.MustCompile(`,[A-Za-z][A-Za-z0-9+.-]*:/`)
	if f.Name == "exchange_clients" {
		several = regexp.MustCompile(`,`)
	}
	if f.Commas && several.MatchString(value) {
		return errors.New("These values cannot be separated by commas, because a value can contain a comma. For several values, repeat the flag. For one value that contains a comma, use --json.")
	}
	return nil
}

func (f Field) isChoice(value string) bool {
	return slices.ContainsFunc(f.Choices, func(c Choice) bool { return c.Value == value })
}

// long returns the value of a choice with this short name. The command line
// accepts hyphens instead of underscores too.
func (f Field) long(name string) string {
	for _, c := range f.Choices {
		if underscores := strings.ReplaceAll(name, "-", "_"); name != "" && (underscores == c.Short || underscores == c.Value) {
			return c.Value
		}
	}
	return name
}

func parseSwitch(text string) (bool, error) {
	switch strings.ToLower(text) {
	case "on", "yes", "true", "1":
		return true, nil
	case "", "off", "no", "false", "0":
		return false, nil
	}
	return false, fault{ui.Text{"admin.fault.switch"}}
}

// parseSeconds reads a number of seconds, as in the metadata of RFC 7591, or a duration with a unit.
func parseSeconds(text string) (*int64, error) {
	if text == "" {
		return nil, nil
	}
	if n, err := strconv.ParseInt(text, 10, 32); err == nil && n >= 0 {
		return &n, nil
	}
	d, err := parseLifetime(text)
	if err != nil {
		return nil, fault{ui.Text{"admin.fault.lifetime"}}
	}
	n := int64(d.Duration() / time.Second)
	return &n, nil
}

// secondsText returns a number of seconds as a duration in words. 0 is a value, too.
func secondsText(n int64) ui.Text {
	if n == 0 {
		return ui.Text{"duration.seconds", "n", 0}
	}
	return ui.DurationText(time.Duration(n) * time.Second)
}

func parseJSON(text string) (json.RawMessage, error) {
	if text == "" {
		return nil, nil
	}
	if !json.Valid([]byte(text)) {
		return nil, fault{ui.Text{"admin.fault.json"}}
	}
	return json.RawMessage(text), nil
}

// formatTranslations is the reverse of parseTranslations.
func formatTranslations(t oauth.Translations) string {
	if len(t) == 0 {
		return ""
	}
	text, _ := json.Marshal(t) // cannot fail: texts
	return string(text)
}

func parseTranslations(text string) (t oauth.Translations, err error) {
	if text != "" && json.Unmarshal([]byte(text), &t) != nil {
		err = fault{ui.Text{"admin.fault.translations", "example", `{"client_name#de": "Laden"}`}}
	}
	return t, err
}

// parseLifetime reads a duration with a unit, such as "1h", "90 minutes" or "30 days".
func parseLifetime(text string) (oauth.Lifetime, error) {
	if text == "" {
		return 0, nil
	}
	d, err := settings.ParseDuration(text)
	switch {
	case errors.Is(err, settings.ErrNoUnit):
		return 0, fault{ui.Text{"admin.fault.lifetime_unit"}}
	case err != nil || d < 0 || d > longest || d%time.Second != 0:
		return 0, fault{ui.Text{"admin.fault.lifetime"}}
	}
	return oauth.Lifetime(d), nil
}

// longest bounds a lifetime, so that it can be computed.
const longest = 100 * 366 * 24 * time.Hour
