;; Sends every request of a table at 65536, which the host's test has put there: place and length of
;; the path, and of the header list. Ends well when each was refused, and traps when one was not.
{table}
(func $validate (result i32)
  (local $at i32)
  (local.set $at (i32.const 65536))
  (loop
    (call $get (i32.const 29) (i32.const 3)
      (i32.load (local.get $at)) (i32.load offset=4 (local.get $at))
      (i32.load offset=8 (local.get $at)) (i32.load offset=12 (local.get $at))
      (i32.const 1024))
    ;; err(denied)
    (if (i32.ne (i32.load8_u (i32.const 1024)) (i32.const 1)) (then unreachable))
    (if (i32.ne (i32.load8_u (i32.const 1032)) (i32.const 0)) (then unreachable))
    (local.set $at (i32.add (local.get $at) (i32.const 16)))
    (br_if 0 (i32.load (local.get $at))))
  (call $unavailable))
(func $list (param i32 i32) (result i32) (call $validate))
