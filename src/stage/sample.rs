//! Scenes to test the drawing with: real ones, out of the engine.

use queuescope_engine::id::{MessageId, ProducerId, WorkerId};
use queuescope_engine::view::{
    Doing, EntryView, GroupView, LogView, MemberView, PartView, PoolView, ReaderView, RecordView, Scene,
    StoreView, WorkerView,
};
use queuescope_engine::{Scenario, Simulation, Time};

/// A plain queue after so many seconds: its settings, its producer's and its consumer's, as in a scenario.
pub(crate) fn scene(seconds: f64, queue: &str, producer: &str, consumer: &str) -> Scene {
    let text = format!(
        r#"{{"version": 1, "name": "sample", "title": "Sample", "watch": "It.", "why": "It is one.",
        "broker": {{"name": "queue", "system": "plain-queue", "set": {{{queue}}}}},
        "producers": [{{"name": "producer", "set": {{{producer}}}}}],
        "consumers": [{{"name": "consumer", "set": {{{consumer}}}}}]}}"#
    );
    let scenario = Scenario::from_json(&text).expect("the sample is a scenario");
    let mut simulation: Simulation = Simulation::new(&scenario, 7);
    let _ = simulation.run_until(Time::from_secs_f64(seconds), u64::MAX, &mut ());
    simulation.scene(5000)
}

/// Seven or so of ten, two workers.
pub(crate) fn seven() -> Scene {
    scene(8.35, r#""capacity": 10"#, r#""rate": 3, "link-delay": 0.8"#, r#""workers": 2, "rate": 0.9"#)
}

/// Every kind of scene there is.
pub(crate) fn all() -> Vec<Scene> {
    let fast = r#""rate": 6, "link-delay": 0.4"#;
    let slow = r#""workers": 2, "rate": 1.5"#;
    let mut off = seven();
    off.producers[0].running = false;
    let until = off.now + std::time::Duration::from_secs(1);
    let (message, producer, since) = (MessageId(1), ProducerId(0), Time::from_secs(8));
    let busy = Doing::Busy { message, producer, key: 4, attempt: 3, since, until, leaving: true };
    let states = [Doing::Off, Doing::Down, Doing::Idle, busy];
    off.workers = (0..4)
        .map(|place| WorkerView {
            worker: WorkerId(place),
            pool: place / 2,
            place: place % 2,
            doing: states[usize::from(place)],
            hangs: false,
        })
        .collect();
    off.pools = ["orders", "a pool with quite a long name"]
        .map(|name| PoolView { name: name.into(), from: None })
        .into();
    off.stores[0].entries[0] = EntryView { attempt: 2, ..off.stores[0].entries[0] };
    let mut wired = seven();
    wired.wired = true;
    wired.stores[0] = StoreView { capacity: None, held: 1_234, delayed: 56, ..wired.stores[0].clone() };
    for (name, depth) in [("dead-letters", 12), ("retry-in-five-minutes", 0), ("audit", 123_456), ("mail", 3)]
    {
        let entries = wired.stores[0].entries.clone();
        let store = StoreView { name: name.into(), depth, entries, held: 2, ..wired.stores[0].clone() };
        wired.stores.push(store);
    }
    let mut routed = wired.clone();
    routed.parts = ["orders", "returns", "dead-letters", "mail"]
        .map(|name| PartView {
            name: name.into(),
            kind: if name == "returns" { "exchange" } else { "queue" },
        })
        .into();
    routed.links = vec![(0, 1), (1, 2), (1, 3), (2, 3)];
    routed.producers[0].to = Some(1);
    routed.pools =
        [("a", Some(2)), ("b", Some(3))].map(|(name, from)| PoolView { name: name.into(), from }).into();
    routed.workers = off.workers.clone();
    let logs = [3, 12, 100].map(|partitions| logs(&routed, partitions));
    let mut family = seven();
    family.producers = vec![family.producers[0].clone(); 8];
    let plain = vec![
        scene(0.0, "", r#""rate": 1"#, ""),
        seven(),
        off,
        wired,
        family,
        scene(20.3, r#""capacity": 10"#, fast, slow),
        scene(20.3, r#""when-full": "drop-oldest""#, fast, slow),
        scene(20.7, r#""when-full": "block""#, r#""rate": 6, "link-delay": 0.6"#, r#""rate": 0.7"#),
        scene(9.0, r#""capacity": 200"#, r#""rate": 40, "link-delay": 0.4"#, r#""workers": 4, "rate": 6"#),
        scene(8.0, r#""capacity": 1000"#, r#""rate": 200, "link-delay": 0.4"#, r#""workers": 12, "rate": 8"#),
        scene(
            5.0,
            r#""capacity": 100000"#,
            r#""rate": 10000, "link-delay": 0.4"#,
            r#""workers": 50, "rate": 200"#,
        ),
        scene(9.0, "", r#""rate": 2"#, r#""workers": 3, "rate": 0.9, "failure": 0.6"#),
        routed,
    ];
    plain.into_iter().chain(logs).collect()
}

/// A topic of so many partitions, read by two groups, one of which shares out anew.
pub(crate) fn logs(scene: &Scene, partitions: u16) -> Scene {
    let part = PartView { name: "topic".into(), kind: "topic" };
    let mut scene = Scene { parts: vec![part], links: Vec::new(), ..scene.clone() };
    scene.producers[0].to = Some(0);
    scene.pools.iter_mut().for_each(|pool| pool.from = Some(0));
    let store = |partition: u16| {
        let end = 40 + 7 * u64::from(partition % 5) + if partition == 1 { 3000 } else { 0 };
        let record = |offset| RecordView {
            offset,
            message: MessageId(offset + 1),
            producer: ProducerId(0),
            key: (offset % 5) as u16,
            since: scene.now,
        };
        let reader = |name: &str, behind: u64, owner: Option<u16>| ReaderView {
            name: name.into(),
            group: Some(0),
            committed: (partition != 0).then_some(end - behind - 6),
            settled: end - behind - 6,
            position: end - behind,
            owner: owner.map(WorkerId),
            waiting: behind,
            holes: vec![(end - behind - 4, end - behind - 2)],
        };
        StoreView {
            name: format!("topic-{partition}"),
            depth: 4,
            held: 12,
            log: Some(LogView {
                start: 5,
                end,
                readable: end - 1,
                segments: vec![5, 20, 40],
                readers: vec![reader("billing", 3, Some(partition % 4)), reader("audit", 1, None)],
                records: (5..end).rev().filter(|offset| offset % 9 != 0).map(record).collect(),
            }),
            ..StoreView::default()
        }
    };
    scene.stores = (0..partitions).map(store).collect();
    let member = |worker| MemberView {
        worker: WorkerId(worker),
        shares: vec![(u32::from(worker) * 16_384, u32::from(worker) * 16_384 + 16_000)],
        leaving: Vec::new(),
    };
    scene.groups = vec![GroupView {
        name: "billing".into(),
        state: "PreparingRebalance",
        rebalancing: true,
        generation: 7,
        of: if partitions == 3 { 65_536 } else { partitions.into() },
        unit: "partitions",
        members: (0..4).map(member).collect(),
    }];
    scene
}
