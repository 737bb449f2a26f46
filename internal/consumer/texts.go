package consumer

import (
	"encoding/json"
	"net/http"
)

// texts is a JavaScript module with the texts that scripts show, in the language of the
// person.
func (c *consumer) texts(w http.ResponseWriter, r *http.Request) {
	texts, err := json.Marshal(c.pages.LanguageOf(r).Texts("consumer.script."))
	if err != nil {
		c.failed(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Vary", "Accept-Language")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write([]byte("export default " + string(texts) + ";\n"))
}
