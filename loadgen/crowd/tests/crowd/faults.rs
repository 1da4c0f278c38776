//! Plans that cannot be a crowd are refused, each with its own fault.

use crowd::{BurstPlan, CardPlan, Crowd, CrowdPlan, HabitPlan, PlanError, Target, precedent};

fn fault(plan: CrowdPlan) -> Option<PlanError> {
    Crowd::new(plan, 1).err()
}

#[test]
fn each_fault_is_named() {
    let cards = |cards| CrowdPlan { cards, ..CrowdPlan::default() };
    let habits = |habits| CrowdPlan { habits, ..CrowdPlan::default() };
    assert_eq!(fault(CrowdPlan::default()), None);
    for accounts in [0, u64::MAX] {
        let plan = CrowdPlan { accounts, ..CrowdPlan::default() };
        assert_eq!(fault(plan), Some(PlanError::Accounts));
    }
    assert_eq!(fault(CrowdPlan { targets: Vec::new(), ..CrowdPlan::default() }), Some(PlanError::NoTargets));
    let odd = |target: Target| Target { popularity: Some(f64::INFINITY), ..target };
    let targets = precedent::targets().into_iter().map(odd).collect();
    assert_eq!(fault(CrowdPlan { targets, ..CrowdPlan::default() }), Some(PlanError::Popularity));
    let linked = cards(CardPlan { linked: 1.01, ..CardPlan::default() });
    assert_eq!(fault(linked), Some(PlanError::Share("linked")));
    let lucks = cards(CardPlan { decline: 0.6, slow: 0.6, ..CardPlan::default() });
    assert_eq!(fault(lucks), Some(PlanError::Share("slow")));
    let chatty = habits(HabitPlan { chatty: f64::NAN, ..HabitPlan::default() });
    assert_eq!(fault(chatty), Some(PlanError::Share("chatty")));
    let exact = HabitPlan { silent: 0.7, cancels: 0.2, confirms_early: 0.1, ..HabitPlan::default() };
    assert_eq!(fault(habits(exact)), None);
    let tempers = habits(HabitPlan { silent: 0.9, cancels: 0.2, ..HabitPlan::default() });
    assert_eq!(fault(tempers), Some(PlanError::Share("cancels")));
    let sigma = habits(HabitPlan { confirm_sigma: -1.0, ..HabitPlan::default() });
    assert_eq!(fault(sigma), Some(PlanError::Sigma));
}

#[test]
fn plans_come_from_files_in_part_and_without_misspellings() {
    let plan: CrowdPlan = serde_json::from_str(r#"{"accounts":5,"habits":{"silent":0.5}}"#).unwrap();
    assert_eq!((plan.accounts, plan.habits.silent, plan.habits.cancels), (5, 0.5, 0.04));
    assert!(serde_json::from_str::<CrowdPlan>(r#"{"acounts":5}"#).is_err());
    assert_eq!(serde_json::from_str::<BurstPlan>("{}").unwrap(), BurstPlan::default());
}
