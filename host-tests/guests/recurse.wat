;; Calls itself until the stack is full.
(func $deep (param i32) (result i32)
  (i32.add (i32.const 1) (call $deep (i32.add (local.get 0) (i32.const 1)))))
(func $validate (result i32) (call $deep (i32.const 0)))
(func $list (param i32 i32) (result i32) (call $deep (i32.const 0)))
