// Submits the answer to the application (OAuth 2.0 Form Post Response Mode §2).
document.querySelector('#form-post').submit()
