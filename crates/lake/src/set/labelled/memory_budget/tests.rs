use super::*;
use std::thread;

#[test]
fn later_turns_have_a_part_and_all_is_given_back() {
    let control = Control::default();
    let budget = MemoryBudget::of(100, 20, 100, &control);
    let (mut now, mut later) = (Reservation::new(&budget, 0), Reservation::new(&budget, 3));
    assert!(later.grow(20) && now.grow(80));
    thread::scope(|scope| {
        // later chunks have used up their share: more fits only when it is their turn, although the budget is
        // not exhausted
        let held = now.another();
        drop(now);
        let waits = scope.spawn(move || {
            let grown = later.grow(80);
            (later, grown)
        });
        budget.chunk(2);
        budget.chunk(3);
        let (later, grown) = waits.join().unwrap();
        assert!(grown);
        assert_eq!(budget.alive(), 100);
        assert_eq!(budget.lock().ahead, 0);
        drop((later, held));
    });
    assert_eq!((budget.alive(), budget.peak()), (0, 100));
    let mut owing = Reservation::new(&budget, 3);
    owing.owe(150);
    control.stop();
    assert!(!Reservation::new(&budget, 3).grow(1));
    drop(owing);
    assert_eq!(budget.lock().alive, 0);
}

#[test]
fn one_who_waits_is_told_that_nothing_is_wanted() {
    let budget = MemoryBudget::of(10, 5, 10, &Control::default());
    let (mut all, mut more) = (Reservation::new(&budget, 0), Reservation::new(&budget, 0));
    assert!(all.grow(10));
    thread::scope(|scope| {
        let waits = scope.spawn(move || more.grow(1));
        while budget.lock().waiting == 0 {
            thread::yield_now();
        }
        budget.close();
        assert!(!waits.join().unwrap());
    });
}

#[test]
fn small_memory_is_used_again_and_large_is_not() {
    let budget = MemoryBudget::of(1000, 0, 1000, &Control::default());
    let share = Reservation::new(&budget, 0);
    let values = vec![1.0; 100];
    let place = values.as_ptr();
    drop(share.another().lend(values));
    let spare = share.spare();
    assert_eq!((spare.as_ptr(), spare.len()), (place, 0));
    drop(share.another().lend(vec![1.0; SPARE.0 + 1]));
    assert_eq!(share.spare().capacity(), 0);
    assert_eq!(budget.lock().spared, 0);
}

#[test]
fn many_short_ones_leave_room_for_a_long_one() {
    let budget = MemoryBudget::of(100, 20, 30, &Control::default());
    let (mut short, mut long, mut next) =
        (Reservation::new(&budget, 0), Reservation::new(&budget, 0), Reservation::new(&budget, 0));
    assert!(short.grow(30) && long.grow(10) && long.grow(60));
    thread::scope(|scope| {
        let waits = scope.spawn(move || {
            let grown = next.grow(1);
            (next, grown)
        });
        while budget.lock().waiting == 0 {
            thread::yield_now();
        }
        drop(long);
        assert!(waits.join().unwrap().1);
    });
    assert_eq!(budget.peak(), 100);
    drop(short);
}
