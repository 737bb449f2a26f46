package oauth

// Localized returns the client with the name and the URLs for a person who prefers
// these languages (BCP 47 tags, the most preferred first). A text without a language
// is used for the language of the pages, and for people whose languages have no text.
func (c *Client) Localized(languages []string) *Client {
	if len(c.Translations) == 0 || len(languages) == 0 {
		return c
	}
	localized := *c
	for member, text := range localized.translatable() {
		if found := c.Translations.find(member, languages); found != "" {
			*text = found
		}
	}
	return &localized
}

// translatable returns the fields that can be translated, by the names of their
// members.
func (c *Client) translatable() map[string]*string {
	return map[string]*string{"client_name": &c.Name, "client_uri": &c.HomepageURL, "logo_uri": &c.LogoURL, "tos_uri": &c.TermsURL, "policy_uri": &c.PolicyURL}
}

// Translatable reports whether a member of a client can be in Translations.
func Translatable(member string) bool { return new(Client).translatable()[member] != nil }
