//! Faults as data: the check that has to name each, how it is made on a stand-in host and how it is taken back. What is run for them is
//! decided here, and nothing is run here.

use super::site::Whom;

/// The words that faults are made of.
pub(super) const WORDS: &str = include_str!("faults.sh");

/// Where a host has them while it is spoilt.
pub(super) const WORDS_FILE: &str = "/run/faults.sh";

/// One check, shown.
#[derive(Debug)]
pub(super) struct Case {
    /// The check that has to name the fault.
    pub(super) check: &'static str,
    /// The fault, for people.
    pub(super) fault: &'static str,
    /// How real it is.
    pub(super) kind: Kind,
    /// Of whom it has to be told.
    pub(super) whom: Whom,
    /// How it is made; nothing where the Clusterfile itself is the fault.
    pub(super) acts: &'static [Act],
}

/// How real a fault is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The host has it.
    Real,
    /// A container shares its kernel with the machine, so it is what the kernel says in a file that is another.
    Said,
    /// A unit or a program of that name stands in.
    Posed,
}

impl Kind {
    /// For the table.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Real => "real",
            Self::Said => "as the kernel would say it",
            Self::Posed => "a stand-in of that name",
        }
    }
}

/// Something that is done to make a fault, and what takes it back.
#[derive(Debug)]
pub(super) struct Act {
    pub(super) place: Place,
    make: &'static str,
    /// Without it, the opposite of the word that it begins with.
    undo: Option<&'static str>,
}

/// Where an act takes place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// On the host of this number.
    Host(usize),
    /// In its network, with this machine's programs.
    Network(usize),
    /// On this machine.
    Machine,
}

/// A case of which one host has to be told.
pub(super) const fn case(
    (check, host): (&'static str, usize),
    fault: &'static str,
    kind: Kind,
    acts: &'static [Act],
) -> Case {
    Case { check, fault, kind, whom: Whom::Host(host), acts }
}

/// A line of one word of the prelude and its arguments; its opposite takes it back.
pub(super) const fn on(host: usize, make: &'static str) -> Act {
    Act { place: Place::Host(host), make, undo: None }
}

/// Anything else on a host.
pub(super) const fn script(host: usize, make: &'static str, undo: &'static str) -> Act {
    Act { place: Place::Host(host), make, undo: Some(undo) }
}

/// Something in a host's network.
pub(super) const fn network(host: usize, make: &'static str, undo: &'static str) -> Act {
    Act { place: Place::Network(host), make, undo: Some(undo) }
}

/// Something on this machine.
pub(super) const fn machine(make: &'static str, undo: &'static str) -> Act {
    Act { place: Place::Machine, make, undo: Some(undo) }
}

impl Act {
    fn undoing(&self) -> String {
        self.undo.map_or_else(|| format!("un_{}", self.make), str::to_owned)
    }
}

/// What is run at each place to make all of these, one script a place. Networks come first: what the kernel says of links is changed on
/// hosts, and a link that comes later would not be among them.
pub(super) fn making<'a>(acts: impl Iterator<Item = (&'a str, &'a Act)>) -> Vec<(Place, String)> {
    let line = |check: &str, act: &Act| format!("echo 'making {check}' >&2\n{}\n", act.make);
    let mut scripts = scripts(acts, line, "set -eu\n");
    scripts.sort_by_key(|(place, _)| !matches!(place, Place::Network(_)));
    scripts
}

/// What takes all of them back, the last one first; what cannot be taken back does not hold up the rest.
pub(super) fn undoing<'a>(acts: impl DoubleEndedIterator<Item = (&'a str, &'a Act)>) -> Vec<(Place, String)> {
    scripts(acts.rev(), |_, act| format!("{}\n", act.undoing()), "")
}

fn scripts<'a>(
    acts: impl Iterator<Item = (&'a str, &'a Act)>,
    line: impl Fn(&str, &Act) -> String,
    first: &str,
) -> Vec<(Place, String)> {
    let mut scripts: Vec<(Place, String)> = Vec::new();
    for (check, act) in acts {
        let position = scripts.iter().position(|(place, _)| *place == act.place).unwrap_or(scripts.len());
        if position == scripts.len() {
            let words = if matches!(act.place, Place::Host(_)) { format!(". {WORDS_FILE}\n") } else { String::new() };
            scripts.push((act.place, format!("{first}{words}")));
        }
        scripts[position].1.push_str(&line(check, act));
    }
    scripts
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACTS: [Act; 3] = [on(0, "unit a.service"), script(1, "echo x >/y", "rm /y"), on(0, "disk /z size=1m")];

    #[test]
    fn each_place_gets_one_script_and_what_was_made_last_is_taken_back_first() {
        let acts = || ACTS.iter().map(|act| ("check", act));
        let made = making(acts());
        assert_eq!(made.iter().map(|(place, _)| *place).collect::<Vec<_>>(), [Place::Host(0), Place::Host(1)]);
        assert!(made[1].1.ends_with("echo 'making check' >&2\necho x >/y\n"), "{}", made[1].1);
        let undone = undoing(acts());
        assert!(undone[0].1.ends_with("un_disk /z size=1m\nun_unit a.service\n"), "{}", undone[0].1);
        assert!(undone[1].1.ends_with("rm /y\n"), "{}", undone[1].1);
    }

    #[test]
    fn every_word_has_an_opposite() {
        let words = WORDS.lines().filter_map(|line| line.split_once("() {")).map(|(word, _)| word);
        let words: Vec<&str> = words.collect();
        let opposites: Vec<&&str> = words.iter().filter(|word| word.starts_with("un_")).collect();
        assert!(opposites.len() > 8, "{words:?}");
        for opposite in opposites {
            assert!(words.contains(&&opposite[3..]), "{opposite} is the opposite of nothing");
        }
    }
}
