"""What can be asked: the dictionary of questions and the forms made of them, read from `contract/`,
immutable by (key, version); and the judging of answers, conditions included (CEL). Nouns: Question, Form."""
