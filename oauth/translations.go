package oauth

import "strings"

// Translations are texts and URLs of a client in other languages, by the name of the
// member and the language (RFC 7591 §2.2), such as "client_name#de".
type Translations map[string]string

// pageLanguage is the language of the pages of this server.
const pageLanguage = "en"

// find returns the text for the first of the languages that the member has, or "".
func (t Translations) find(member string, languages []string) string {
	for _, language := range languages {
		for tag := language; tag != ""; tag = parentLanguage(tag) {
			for key, text := range t {
				if strings.EqualFold(key, member+"#"+tag) {
					return text
				}
			}
			if strings.EqualFold(tag, pageLanguage) {
				return ""
			}
		}
	}
	return ""
}

// parentLanguage returns the tag without its last part: de for de-AT (RFC 4647
// §3.4).
func parentLanguage(tag string) string {
	if i := strings.LastIndexByte(tag, '-'); i > 0 {
		return tag[:i]
	}
	return ""
}
