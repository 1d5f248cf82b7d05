//! By which field the items of Kubernetes' lists are told apart. The API's own types say so in their source; this is the part of it
//! that manifests meet. A list that is not here, and every list of a custom kind that is not a pod's, is one value.

use serde_json::Value;

/// What tells the items of a list apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// The field.
    Field(&'static str),
    /// The field and `protocol`, which is TCP where nothing is said.
    Port(&'static str),
    /// The item itself.
    Itself,
}

/// The list's name, what lies above it, and its key.
const KEYS: [(&str, &str, Key); 22] = [
    ("containers", "spec", Key::Field("name")),
    ("initContainers", "spec", Key::Field("name")),
    ("ephemeralContainers", "spec", Key::Field("name")),
    ("volumes", "spec", Key::Field("name")),
    ("imagePullSecrets", "", Key::Field("name")),
    ("hostAliases", "spec", Key::Field("ip")),
    ("topologySpreadConstraints", "spec", Key::Field("topologyKey")),
    ("env", "containers", Key::Field("name")),
    ("env", "initContainers", Key::Field("name")),
    ("volumeMounts", "containers", Key::Field("mountPath")),
    ("volumeMounts", "initContainers", Key::Field("mountPath")),
    ("volumeDevices", "containers", Key::Field("devicePath")),
    ("volumeDevices", "initContainers", Key::Field("devicePath")),
    ("ports", "containers", Key::Port("containerPort")),
    ("ports", "initContainers", Key::Port("containerPort")),
    ("ports", "spec", Key::Port("port")),
    ("secrets", "", Key::Field("name")),
    ("sources", "projected", Key::Itself),
    ("finalizers", "metadata", Key::Itself),
    ("ownerReferences", "metadata", Key::Field("uid")),
    ("webhooks", "", Key::Field("name")),
    ("taints", "spec", Key::Field("key")),
];

/// The key of the list at that path, where it has one and all its items do.
pub(super) fn key_of(path: &[&str], live: &[Value], new: &[Value]) -> Option<Key> {
    let (name, above) = (*path.last()?, path.len().checked_sub(2).and_then(|index| path.get(index)).copied());
    let above = above.unwrap_or_default();
    let (.., key) = KEYS.iter().find(|(list, parent, _)| *list == name && (*parent == above || parent.is_empty()))?;
    let usable = |items: &[Value]| {
        items.iter().all(|item| key.value(item).is_some())
            && items
                .iter()
                .enumerate()
                .all(|(index, item)| !items.iter().skip(index + 1).any(|other| key.is_same(item, other)))
    };
    (usable(live) && usable(new)).then_some(*key)
}

impl Key {
    /// Whether both items stand for the same thing.
    pub(super) fn is_same(self, one: &Value, other: &Value) -> bool {
        let value = self.value(one);
        value.is_some() && value == self.value(other)
    }

    fn value(self, item: &Value) -> Option<(&Value, &str)> {
        match self {
            Self::Field(field) => item.get(field).map(|value| (value, "")),
            Self::Port(field) => {
                let protocol = item.get("protocol").and_then(Value::as_str).unwrap_or("TCP");
                item.get(field).map(|value| (value, protocol))
            }
            Self::Itself => Some((item, "")),
        }
    }
}
