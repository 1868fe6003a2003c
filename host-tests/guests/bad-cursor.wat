;; Gives a cursor that is no text.
(data (i32.const 2048) "\ff\fe")
(func $validate (result i32) (call $nobody))
(func $list (param i32 i32) (result i32)
  (drop (call $nobody))
  (i32.store8 (i32.const 560) (i32.const 1))
  (i32.store (i32.const 564) (i32.const 2048))
  (i32.store (i32.const 568) (i32.const 2))
  (i32.const 512))
