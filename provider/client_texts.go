package provider

import (
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/validate"
)

const maxClientText = 255 // of a name or a client ID, in bytes

// isPage reports whether pages can link to the URL: https, or for development http
// on a loopback host.
func isPage(address string) bool {
	u, err := url.Parse(address)
	return err == nil && oauth.Origin(address) != "" && u.User == nil && (u.Scheme != "http" || oauth.LoopbackHost(u.Hostname()))
}

// Bounds on the translations of a client, and on the texts that only administrators
// see.
const (
	maxTranslations = 100
	maxLanguageTag  = 35 // RFC 5646 §4.4.1
)

// translations checks the texts and URLs in other languages as the ones without a
// language.
func (v *validation) translations(c *oauth.Client) {
	if len(c.Translations) > maxTranslations {
		v.reject("translations", "There are more than %d translations.", maxTranslations)
		return
	}
	for _, key := range slices.Sorted(maps.Keys(c.Translations)) {
		member, tag, _ := strings.Cut(key, "#")
		text := c.Translations[key]
		switch {
		case !oauth.Translatable(member):
			v.reject("translations", "%q cannot be translated.", member)
		case !languageTag(tag):
			v.reject("translations", "%q does not end with a language such as #de.", key)
		case member != "client_name" && !isPage(text):
			v.reject("translations", "%s is not an https URL.", key)
		case strings.TrimSpace(text) == "" || len(text) > maxClientText && member == "client_name":
			v.reject("translations", "%s must have 1 to %d bytes.", key, maxClientText)
		default:
			v.faults = append(v.faults, validate.Name("translations", text)...)
		}
	}
}

// languageTag reports whether a text has the form of a BCP 47 tag.
func languageTag(text string) bool {
	other := strings.IndexFunc(text, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-'
	})
	return text != "" && len(text) <= maxLanguageTag && other < 0
}

// texts checks all fields of a client that are text, or lists of texts, as
// validate.Name does. Pages and emails show many of them. A field that already has
// a fault gets no second one.
func (v *validation) texts(c *oauth.Client) {
	client := reflect.ValueOf(c).Elem()
	for _, field := range reflect.VisibleFields(client.Type()) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if slices.ContainsFunc(v.faults, func(f validate.FieldError) bool { return f.Field == name }) {
			continue
		}
		var texts []string
		switch value := client.FieldByIndex(field.Index); {
		case value.Kind() == reflect.String:
			texts = []string{value.String()}
		case value.Kind() == reflect.Slice && value.Type().Elem().Kind() == reflect.String:
			for i := range value.Len() {
				texts = append(texts, value.Index(i).String())
			}
		}
		for _, text := range texts {
			v.faults = append(v.faults, validate.Name(name, text)...)
		}
	}
}
