;; Asks for memory until there is none, and writes to all of it.
(func $validate (result i32)
  (local $at i32)
  (loop
    (local.set $at (i32.mul (memory.grow (i32.const 16)) (i32.const 65536)))
    (memory.fill (local.get $at) (i32.const 165) (i32.const 1048576))
    (br 0))
  unreachable)
(func $list (param i32 i32) (result i32) (call $validate))
