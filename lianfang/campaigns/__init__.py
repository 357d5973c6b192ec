"""Orders, emergencies and the kernel: a campaign's round freezes a list of targets, each with tasks and a
deadline; visits come in; coverage is derived once. Nouns: Order, Emergency, Campaign, Round, Target, Task, Visit,
VisitLine, Fact, Exemption, Coverage. Work rooms add tables of their own and reuse all of this."""
